"""Datasets that others publish, in the layout in which they publish them."""

from penumbra.data.dataset import Dataset
from penumbra.data.layouts.adobe import composition_1k
from penumbra.data.layouts.aim import aim_500
from penumbra.data.layouts.aisegment import aisegment
from penumbra.data.layouts.coco import coco
from penumbra.data.layouts.him import him2k
from penumbra.data.layouts.matched import Folders, matched, pairs, singles
from penumbra.data.layouts.smpmat import smpmat

_P3M_VALIDATION = "validation/P3M-500-"
_LICENSED_ON_REQUEST = "research, by agreement with the authors"

PUBLISHED = (
    Dataset(
        name="composition-1k",
        title="Foregrounds with alpha, to be composed (Adobe)",
        citation='Xu, Price, Cohen, Huang: "Deep Image Matting", CVPR 2017',
        licence=_LICENSED_ON_REQUEST,
        track="research",
        where="sites.google.com/view/deepimagematting: write to the authors at Adobe",
        splits={"train": 431, "test": 1000},
        read=composition_1k,
        pictures=481,
        notes=(
            "A sample of the test is one of 20 trimaps for each of 50 objects; the paper's 493 "
            "objects counted some twice, and 24 cannot be released. Pictures composed with "
            "other tools are read from Test_set/merged and Test_set/bg where they exist. The "
            "backgrounds are those of MS COCO and PASCAL VOC, by the lists of names."
        ),
    ),
    Dataset(
        name="distinctions-646",
        title="Foregrounds with alpha, to be composed",
        citation=(
            'Qiao et al.: "Attention-Guided Hierarchical Structure Aggregation for Image '
            'Matting", CVPR 2020'
        ),
        licence="non-commercial, on request",
        track="research",
        where="github.com/yuhaoliu7456/CVPR2020-HAttMatting: write to the authors",
        splits={"train": 596, "test": 50},
        read=matched(
            {
                "train": Folders({"foreground": "Train/FG", "alpha": "Train/GT"}),
                "test": Folders({"foreground": "Test/FG", "alpha": "Test/GT"}),
            }
        ),
        pictures=646,
        notes="The numbers are from memory; later papers count 591 training foregrounds.",
    ),
    Dataset(
        name="am-2k",
        title="Photographs of animals with alpha",
        citation=(
            'Li, Zhang, Maybank, Tao: "Bridging Composite and Real: Towards End-to-end Deep '
            'Image Matting", IJCV 2022'
        ),
        licence="MIT by its release agreement; photographers' terms unstated",
        track="research",
        where="github.com/JizhiziLi/GFM, section AM-2k",
        splits={"train": 1800, "validation": 200},
        read=matched(
            {
                "train": Folders(
                    {"image": "train/original", "alpha": "train/mask"},
                    {"foreground": "train/fg", "background": "train/bg"},
                ),
                "validation": Folders(
                    {
                        "image": "validation/original",
                        "alpha": "validation/mask",
                        "trimap": "validation/trimap",
                    }
                ),
            },
            kind="SO",
            category="animal",
        ),
        pictures=2000,
        notes="train/fg and train/bg are estimates that the authors' tools write; both optional.",
    ),
    Dataset(
        name="p3m-10k",
        title="Portraits with blurred faces, with alpha",
        citation='Li, Ma, Zhang, Tao: "Privacy-Preserving Portrait Matting", ACM MM 2021',
        licence="MIT by its release agreement; photographers' terms unstated",
        track="research",
        where="github.com/JizhiziLi/P3M, section P3M-10k",
        splits={"train": 9421, "p3m-500-p": 500, "p3m-500-np": 500},
        read=matched(
            {
                "train": Folders(
                    {"image": "train/blurred_image", "alpha": "train/mask"},
                    {"foreground": "train/fg", "background": "train/bg"},
                ),
                "p3m-500-p": Folders(
                    {
                        "image": f"{_P3M_VALIDATION}P/blurred_image",
                        "alpha": f"{_P3M_VALIDATION}P/mask",
                        "trimap": f"{_P3M_VALIDATION}P/trimap",
                    }
                ),
                "p3m-500-np": Folders(
                    {
                        "image": f"{_P3M_VALIDATION}NP/original_image",
                        "alpha": f"{_P3M_VALIDATION}NP/mask",
                        "trimap": f"{_P3M_VALIDATION}NP/trimap",
                    }
                ),
            },
            kind="SO",
            category="person",
        ),
        pictures=10421,
        notes="The faces of p3m-500-np are not blurred.",
    ),
    Dataset(
        name="ppm-100",
        title="Portraits with alpha, 1080p to 4k",
        citation=(
            'Ke et al.: "MODNet: Real-Time Trimap-Free Portrait Matting via Objective '
            'Decomposition", AAAI 2022'
        ),
        licence="alpha CC BY-NC-SA 4.0; photographs Creative Commons (Flickr)",
        track="research",
        where="github.com/ZHKKKe/PPM",
        splits={"all": 100},
        read=matched(
            {"all": Folders({"image": "image", "alpha": "matte"})}, kind="SO", category="person"
        ),
        pictures=100,
    ),
    Dataset(
        name="aim-500",
        title="Natural photographs with alpha, type and category",
        citation='Li, Zhang, Tao: "Deep Automatic Natural Image Matting", IJCAI 2021',
        licence="MIT by its repository; photographers' terms unstated",
        track="research",
        where="github.com/JizhiziLi/AIM, section AIM-500",
        splits={"all": 500},
        read=aim_500,
        pictures=500,
        notes="For tests only. 424 SO, 43 STM, 33 NS. The folder usr is not read.",
    ),
    Dataset(
        name="duts",
        title="Salient objects with masks",
        citation=(
            'Wang et al.: "Learning to Detect Salient Objects with Image-level Supervision", '
            "CVPR 2017"
        ),
        licence="research; photographers' terms unstated",
        track="research",
        where="saliencydetection.net/duts",
        splits={"train": 10553, "test": 5019},
        read=matched(
            {
                "train": Folders(
                    {"image": "DUTS-TR/DUTS-TR-Image", "mask": "DUTS-TR/DUTS-TR-Mask"}
                ),
                "test": Folders({"image": "DUTS-TE/DUTS-TE-Image", "mask": "DUTS-TE/DUTS-TE-Mask"}),
            }
        ),
        pictures=15572,
        notes="The address is from memory.",
    ),
    Dataset(
        name="aisegment",
        title="Portraits, 600x800, with coarse alpha",
        citation="AISegment.com: Matting Human Datasets, 2019",
        licence="unstated; photographs from Flickr, Baidu, Taobao",
        track="research",
        where="github.com/aisegmentcn/matting_human_datasets",
        splits={"all": 34427},
        read=aisegment,
        pictures=34427,
        notes="The matte is the alpha channel of its PNG. Others count 34,425 whole pairs.",
    ),
    Dataset(
        name="alphamatting",
        title="Photographs with measured alpha, and the benchmark",
        citation=(
            'Rhemann et al.: "A Perceptually Motivated Online Benchmark for Image Matting", '
            "CVPR 2009"
        ),
        licence="research",
        track="research",
        where="alphamatting.com/datasets.php",
        splits={"train": 27, "train-trimap2": 27}
        | dict.fromkeys(["test-trimap1", "test-trimap2", "test-trimap3"], 8),
        read=matched(
            {
                split: Folders(
                    {
                        "image": "input_training_lowres",
                        "alpha": "gt_training_lowres",
                        "trimap": f"trimap_training_lowres/Trimap{number}",
                    }
                )
                for number, split in ((1, "train"), (2, "train-trimap2"))
            }
            | {
                f"test-trimap{number}": Folders(
                    {"image": "input_lowres", "trimap": f"trimap_lowres/Trimap{number}"}
                )
                for number in (1, 2, 3)
            }
        ),
        pictures=35,
        notes="The truth of the test is not public. train is with Trimap1.",
    ),
    Dataset(
        name="him2k",
        title="Photographs of several people, alpha of each",
        citation=(
            'Sun, Tang, Tai: "Human Instance Matting via Mutual Guidance and Multi-Instance '
            'Refinement", CVPR 2022'
        ),
        licence="unstated",
        track="research",
        where="github.com/nowsyn/InstMatt, section Benchmark",
        splits={"natural": 320, "comp": 1680},
        read=him2k,
        pictures=2000,
        notes="For tests only; comp is composed.",
    ),
    Dataset(
        name="smpmat",
        title="Made pictures of several people, alpha and sentences of each",
        citation=(
            'Jiao et al.: "DFIMat: Decoupled Flexible Interactive Matting in Multi-Person '
            'Scenarios", ACCV 2024'
        ),
        licence="that of your pictures",
        track="research",
        where="not public; pictures of your own in this layout",
        splits={"train": None, "val": None},
        read=smpmat,
        pictures=40000,
        notes="142,357 people. How many pictures each split has is not published.",
    ),
    Dataset(
        name="coco",
        title="Scenes with instances and categories",
        citation='Lin et al.: "Microsoft COCO: Common Objects in Context", ECCV 2014',
        licence="each picture's own (Flickr); annotations CC BY 4.0",
        track="research",
        where="cocodataset.org, section Download",
        splits={"train2017": 118287, "val2017": 5000},
        read=coco,
        pictures=123287,
        gigabytes=19.0,
        notes=(
            "train2017, val2017 and annotations/instances_*.json side by side. Instances stay "
            "polygons and runs; penumbra.data.outlines.mask_of draws one. The size is from memory."
        ),
    ),
    Dataset(
        name="bg-20k",
        title="Backgrounds without salient objects",
        citation=(
            'Li, Zhang, Maybank, Tao: "Bridging Composite and Real: Towards End-to-end Deep '
            'Image Matting", IJCV 2022'
        ),
        licence="MIT by its release agreement; photographers' terms unstated",
        track="research",
        where="github.com/JizhiziLi/GFM, section BG-20k",
        splits={"train": 15000, "testval": 5000},
        read=singles({"train": "train", "testval": "testval"}, ("background",)),
        pictures=20000,
        notes="The numbers of the two splits are from memory; together they are 20,000.",
    ),
    Dataset(
        name="pairs",
        title="Any folder of images with alphas or masks",
        citation="none",
        licence="that of your pictures",
        track="research",
        where="on your disk",
        splits={"all": None},
        read=pairs,
        notes=(
            "images/ with alphas/ or masks/ or both, perhaps trimaps/ and foregrounds/; files of "
            "one stem belong together."
        ),
    ),
)
"""In the order in which they are listed."""

"""Words that captions are made of, and words that no caption may hold; the sheet `smpmat`, 4."""

# fmt: off
COUNTS: dict[int, tuple[str, ...]] = {
    2: ("two", "a pair of", "a duo of", "just two"),
    3: ("three", "a trio of", "a group of three", "just three"),
    4: ("four", "a quartet of", "a group of four", "just four"),
    5: ("five", "a quintet of", "a group of five", "just five"),
    6: ("six", "half a dozen", "a group of six", "just six"),
}
"""How many there are, before a noun in the plural."""

RELATIONS = (
    "friends", "colleagues", "siblings", "neighbours", "relatives", "cousins", "classmates",
    "teammates", "flatmates", "travellers", "hikers", "musicians", "students", "volunteers",
    "gardeners", "cyclists", "runners", "dancers", "coworkers", "old schoolmates",
    "members of a family", "people", "strangers", "visitors",
)

IDENTITIES = (
    "a young woman", "a young man", "an elderly woman", "an elderly man", "a tall man",
    "a tall woman", "a woman with curly hair", "a man with curly hair", "a bearded man",
    "a bald man", "a woman with a ponytail", "a woman with short grey hair", "a man with glasses",
    "a woman with glasses", "a middle-aged man", "a middle-aged woman", "a grandmother",
    "a grandfather", "a man with long hair", "a woman with braids", "a woman in a headscarf",
    "a man with a moustache", "a red-haired woman", "a boy", "a girl", "a teenage girl",
    "a teenage boy", "a woman with freckles",
)

CLOTHING = (
    "in winter coats", "in raincoats", "in linen shirts", "in denim jackets", "in knitted sweaters",
    "in plain t-shirts", "in summer dresses and shorts", "in formal suits", "in sportswear",
    "in work overalls", "in leather jackets", "in flannel shirts", "in hooded jackets",
    "in bright windbreakers", "in evening clothes", "in woollen hats and scarves",
    "in straw hats and light shirts", "in aprons", "in tracksuits", "in corduroy jackets",
    "in striped shirts", "in long skirts and blouses", "in hiking clothes", "in everyday clothes",
)

POSES = (
    "standing side by side", "sitting close together", "walking towards the camera",
    "walking arm in arm", "hugging", "dancing", "laughing together", "talking to each other",
    "standing back to back", "leaning on a railing", "looking at a map", "waving at the camera",
    "carrying boxes", "sharing a meal", "playing guitars", "cheering with raised arms",
    "kneeling on the ground", "jumping in the air", "crouching around a dog",
    "holding umbrellas", "stretching before a run", "folding their arms", "reading a newspaper",
    "pointing at something far away",
)

OUTDOORS = (
    "in a city park", "on a sandy beach", "in a quiet street", "at a railway station",
    "on a mountain trail", "in a forest", "in a meadow", "on a wooden pier",
    "on a rooftop terrace", "in a village square", "on a bridge", "in a school yard", "on a farm",
    "at a bus stop", "in front of a brick wall", "in a snowy field", "in a vineyard",
    "on a river bank",
)

INDOORS = (
    "in a living room", "in a kitchen", "in an office", "in a library", "in a workshop",
    "in a museum hall", "in a greenhouse", "in a gym", "in a photo studio", "in a small bar",
    "in a wine cellar", "in a classroom", "in a hallway", "in an empty theatre",
)

LIGHT_OUTDOORS = (
    "in soft morning light", "at noon in bright sun", "in late afternoon light", "at golden hour",
    "under an overcast sky", "at dusk", "at night under street lamps", "in light rain", "in fog",
    "in falling snow", "in backlight", "in dappled shade", "on a hazy day",
    "under a clear blue sky", "before a thunderstorm", "on an autumn afternoon",
    "in spring sunshine",
)

LIGHT_INDOORS = (
    "in window light", "in even studio light", "in warm lamplight", "in hard side light",
    "under white ceiling lights", "in soft daylight", "by candlelight in the evening",
    "in the light of a large window", "in dim evening light",
)

CAMERAS = (
    "full-length shot", "medium shot", "waist-up shot", "knee-up shot", "wide shot",
    "eye-level view", "slightly low angle", "slightly high angle", "35 mm lens", "50 mm lens",
    "85 mm lens", "shallow depth of field", "deep focus", "centred composition",
    "off-centre composition", "candid snapshot", "posed group portrait", "documentary style",
    "sharp focus", "slight grain", "seen from across the room", "seen from a few steps away",
)

CROWD = (
    "crowd", "crowds", "crowded", "mob", "throng", "throngs", "audience", "audiences",
    "spectators", "parade", "parades", "festival", "festivals", "concert", "concerts", "stadium",
    "protest", "protesters", "demonstration", "rally", "masses", "dozens", "hundreds",
    "thousands", "swarm", "horde", "hordes", "army", "packed", "bustling", "busy", "many",
    "countless", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty", "thirty", "fifty",
    "hundred", "thousand", "rush hour", "queue of people", "lots of", "full of people",
)

STYLES = (
    "cartoon", "cartoons", "anime", "manga", "comic", "comics", "illustration", "illustrations",
    "illustrated", "painting", "paintings", "painted", "drawing", "drawings", "drawn", "sketch",
    "sketches", "watercolor", "watercolour", "render", "rendered", "rendering", "cgi", "3d",
    "clipart", "vector", "pastel", "engraving", "etching", "mosaic", "fresco", "mural", "sticker",
    "emoji", "pixelated", "chibi", "cyberpunk", "steampunk", "surreal", "surrealist", "cubist",
    "impressionist", "figurine", "doll", "dolls", "puppet", "mannequin", "statue", "sculpture",
    "pixel art", "digital art", "concept art", "line art", "oil on canvas", "pop art",
    "clip art", "low poly", "art deco", "unreal engine", "trending on",
)

BRANDS = (
    "adidas", "nike", "puma", "reebok", "gucci", "prada", "burberry", "dior", "versace", "armani",
    "zara", "ikea", "lego", "disney", "pixar", "marvel", "pokemon", "starbucks", "mcdonalds",
    "mcdonald's", "pepsi", "coca-cola", "coke", "heineken", "guinness", "ferrari", "porsche",
    "mercedes", "bmw", "audi", "toyota", "tesla", "harley-davidson", "vespa", "iphone", "ipad",
    "samsung", "sony", "canon", "nikon", "leica", "fujifilm", "kodak", "polaroid", "hasselblad",
    "google", "facebook", "instagram", "tiktok", "netflix", "youtube", "microsoft", "amazon",
    "supreme", "levi's", "levis", "rolex", "barbie", "batman", "superman", "hogwarts",
    "star wars", "louis vuitton", "ralph lauren", "new balance", "north face", "harry potter",
    "spider-man", "burger king", "red bull",
)

NAMES = (
    "obama", "trump", "biden", "clinton", "merkel", "putin", "zelensky", "macron", "thatcher",
    "beyonce", "rihanna", "madonna", "shakira", "adele", "eminem", "drake", "kanye", "bowie",
    "elvis", "beatles", "messi", "ronaldo", "neymar", "beckham", "federer", "nadal", "einstein",
    "musk", "zuckerberg", "gates", "oprah", "dicaprio", "clooney", "pitt", "jolie",
    "schwarzenegger", "kardashian", "kardashians", "bieber", "gaga", "zendaya",
    "chaplin", "monroe", "hepburn",
    "taylor swift", "tom hanks", "tom cruise", "emma watson", "will smith", "brad pitt",
    "celebrity", "celebrities", "lookalike", "lookalikes", "famous",
)

UNFIT = (
    "nude", "nudes", "naked", "topless", "shirtless", "lingerie", "underwear", "bikini", "bikinis",
    "erotic", "sexy", "seductive", "sensual", "fetish", "blood", "bloody", "gore", "corpse",
    "wounded", "gun", "guns", "rifle", "rifles", "weapon", "weapons", "knife", "knives", "sword",
    "drugs", "suicide",
)
"""Unsuitable for anybody."""

CHILDREN = (
    "child", "children", "kid", "kids", "boy", "boys", "girl", "girls", "toddler", "toddlers",
    "baby", "babies", "infant", "infants", "newborn", "teen", "teens", "teenage", "teenager",
    "teenagers", "schoolboy", "schoolboys", "schoolgirl", "schoolgirls", "minor", "minors",
    "daughter", "daughters", "son", "sons", "pupil", "pupils", "preteen",
)

NOT_WITH_CHILDREN = (
    "bar", "bars", "pub", "pubs", "nightclub", "nightclubs", "club", "disco", "casino", "beer",
    "beers", "wine", "whisky", "whiskey", "vodka", "cocktail", "cocktails", "champagne", "alcohol",
    "drunk", "cigarette", "cigarettes", "cigar", "smoking", "vaping", "hookah", "swimwear",
    "swimsuit", "swimsuits", "swimming", "bathing", "bath", "bathtub", "shower", "sauna", "pool",
    "bedroom", "bed", "hotel", "pyjamas", "pajamas", "kissing", "embracing", "tattoo", "tattoos",
    "fight", "fighting", "boxing", "war", "soldiers", "prison", "colleagues", "coworkers",
    "factory", "strangers", "night",
)
"""Contexts, and company, in which no child is shown."""
# fmt: on

"""From photographs and procedures to training sets; free of torch."""

"""Tests of the kit; `scenes` and `strategies` are shared by all of them."""

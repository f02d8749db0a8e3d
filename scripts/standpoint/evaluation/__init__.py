"""How far the labels of machines can stand for those of people."""

"""Questions by kind over everyday documents: their gold, the share set apart, and how well each kind is answered."""

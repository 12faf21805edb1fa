"""What a hostile visitor, file, damaged disk or language model may try, as functions."""

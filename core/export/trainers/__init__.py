"""The trainers' formats, a file for each: its layout, its configuration, and the turns that it cannot hold."""

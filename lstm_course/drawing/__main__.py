"""`python -m lstm_course.drawing FOLDER` writes the logo files of the book into a folder."""

import sys
from pathlib import Path

from lstm_course.drawing.logo import write

write(Path(sys.argv[1]))

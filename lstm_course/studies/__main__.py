"""`python -m lstm_course.studies NAME` runs a study and stores its results in the package."""

import argparse

import torch

from lstm_course import studies

parser = argparse.ArgumentParser(description="Run a study and store its results.")
parser.add_argument("name", choices=studies.STUDIES)
torch.set_num_threads(1)
studies.run(parser.parse_args().name)

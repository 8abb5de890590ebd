"""Recurrent networks, equation by equation: the package behind the course.

The chapters import from here and the tests hold it to independent truths. Read it from the ground up: `ops`, `cells`,
`unroll`, `layers`, `training`.
"""

__version__ = "0.1.0"

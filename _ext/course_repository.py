"""Sphinx: what a book has once it is known where it is published (see `launch`): buttons that open a notebook on Colab and
Binder, the way to the repository, the pages' own addresses, a site map, a card for those who share a link, and notebooks
to download that fetch the package themselves. Where nothing is known, none of it: no button that leads nowhere.

The notebooks that the buttons open are on the branch `launch`, where the deploy workflow puts them.
"""

from pathlib import Path
from urllib.parse import urlsplit

import launch
from sphinx.errors import ConfigError

BRANCH = "launch"
CARD = "card.png"
NOT_CONTENT = ["404.html", "search.html", "genindex.html", "py-modindex.html"]


def options(where):
    """The theme's options for a published book, as `repository` and `launch_buttons` of _config.yml would set them."""
    return {
        "repository_url": where.url,
        "repository_branch": BRANCH,
        "path_to_docs": "",
        "use_repository_button": True,
        "use_issues_button": True,
        "launch_buttons": {
            "notebook_interface": "jupyterlab",
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
        },
    }


def configure(app, config):
    """Sphinx's own settings and those of the extensions that need an address."""
    where = app.config.course_published
    config.notfound_urls_prefix = urlsplit(where.site).path if where else "/"
    if where is None:
        return
    config.html_theme_options.update(options(where))
    config.html_baseurl = where.site
    config.sitemap_url_scheme = "{link}"
    config.sitemap_excludes = NOT_CONTENT
    config.ogp_site_url = where.site
    config.ogp_site_name = config.html_title
    config.ogp_image = CARD
    config.ogp_image_alt = "An LSTM's repeating module, opened, between the step before and the step after."
    config.ogp_custom_meta_tags = [
        '<meta property="og:image:width" content="1200" />',
        '<meta property="og:image:height" content="630" />',
        '<meta name="twitter:card" content="summary_large_image" />',
    ]


def finish(app, exception):
    """What a published book has beside its pages: robots.txt, the card, and notebooks with their first cell."""
    where = app.config.course_published
    if exception is not None or app.builder.name != "html" or where is None:
        return
    out = Path(app.outdir)
    (out / "robots.txt").write_text(f"User-agent: *\nAllow: /\n\nSitemap: {where.site}sitemap.xml\n", encoding="utf-8")
    draw_card(out / CARD)
    for path in sorted((out / "_sources").rglob("*.ipynb")):
        launch.copy(path, path, where.cell)


def draw_card(path):
    """The LSTM's chain on a card of 1200 x 630, the size that sites show with a shared link."""
    from lstm_course.drawing import lstm_chain

    figure = lstm_chain()
    _, height = figure.get_size_inches()
    figure.set_size_inches(height * 1200 / 630, height)
    figure.savefig(path, dpi=630 / height, metadata={"Software": None})


def setup(app):
    try:
        where = launch.published()
    except ValueError as error:
        raise ConfigError(str(error)) from error
    app.add_config_value("course_published", where, "env", types=(launch.Published, type(None)))
    app.setup_extension("notfound.extension")
    if where is not None:  # both warn, or invent addresses, where none is known
        app.setup_extension("sphinxext.opengraph")
        app.setup_extension("sphinx_sitemap")
    app.connect("config-inited", configure, priority=400)
    app.connect("build-finished", finish, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

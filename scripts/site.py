"""Hook of mkdocs.yml: what a page of docs/ links to outside docs/ is no part of the site, so its text stays without the link."""

import posixpath
import re

LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")


def on_page_markdown(markdown, page, config, files):
    folder = posixpath.dirname(page.file.src_path)

    def inside(match):
        text, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match.group(0)
        path = posixpath.normpath(posixpath.join(folder, target.split("#")[0]))
        known = files.get_file_from_path(path) or files.get_file_from_path(path + "/README.md")
        return match.group(0) if known else text

    return LINK.sub(inside, markdown)

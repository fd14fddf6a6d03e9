"""What MkDocs calls while it builds the site (source: MkDocs, "Plugins", "Events")."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from scripts.site import outside


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files outside of docs/ that pages link to."""
    pages = [Path(file.abs_src_path or "") for file in files.documentation_pages()]
    for place, path in outside.find_outside(pages).items():
        if outside.is_copied(path):
            files.append(File.generated(config, place, abs_src_path=str(path)))
        else:
            files.append(File.generated(config, place, content=outside.write_page(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links outside of docs/ to the pages that `on_files` added."""
    del config, files
    path = page.file.abs_src_path
    return outside.adapt(markdown, Path(path), page.file.src_uri) if path else markdown

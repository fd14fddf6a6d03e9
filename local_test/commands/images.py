"""`images`: make sure that Docker has Tandem's images."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import asdict

from local_test import settings
from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.engines.image_names import OWN_IMAGES
from local_test.output import print_answer, print_answer_line, report_progress
from local_test.output.columns import format_columns
from local_test.output.suggestions import suggest_name
from local_test.own_images.provision import describe_source, find_image, provide_image


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "names",
        nargs="*",
        type=_parse_name,
        metavar="NAME",
        help=f"{', '.join(OWN_IMAGES)}; all by default",
    )
    parser.add_argument("--list", action="store_true", help="list the images, change nothing")
    parser.add_argument(
        "--again", action="store_true", help="pull or build also the images that Docker has"
    )
    parser.add_argument(
        "--base-image",
        metavar="IMAGE",
        help="an image with Python 3.11 to build on (default: python:3.11-slim-bookworm)",
    )


def _parse_name(text: str) -> str:
    if text not in OWN_IMAGES:
        hint = suggest_name(text, OWN_IMAGES) or f": use {', '.join(OWN_IMAGES)}"
        raise ArgumentTypeError(f"unknown image {text!r}{hint}")
    return text


def _run(args: Namespace) -> int:
    found, names = settings.read_settings(), args.names or OWN_IMAGES
    if args.list:
        rows = [(name, find_image(name, found), describe_source(name, found)) for name in names]
        print_answer(
            [dict(zip(("name", "id", "source"), row, strict=True)) for row in rows],
            format_columns([[name, image or "missing", source] for name, image, source in rows]),
        )
        return 0
    made = []
    for name in names:
        report_progress(f"{name}: looking for the image, pulling or building it if need be")
        image = provide_image(name, found, args.base_image, again=args.again)
        made.append(asdict(image))
        source = f" as {image.uri}" if image.uri else ""
        print_answer_line(f"{image.reference}: {image.origin}{source}")
    print_answer(made, ())
    return 0


_NAME = Key("name", "string", "short name of the image")
_MADE = Answer(
    (
        _NAME,
        Key("reference", "string", "repository and tag on Docker"),
        Key("image_id", "string", "id on Docker"),
        Key("origin", "string", "`present`, `pulled` or `built`"),
        Key("uri", "string", 'what was pulled, or ""'),
    ),
    form="list",
)
_LISTED = Answer(
    (
        _NAME,
        Key("id", "string", 'id on Docker; "" where it is missing'),
        Key("source", "string", "where it would come from"),
    ),
    form="list",
)

COMMAND = Command(
    name="images",
    summary="pull Tandem's images by digest where registry.toml has them, build the others",
    add_options=_add_options,
    run=_run,
    example="images xgboost preprocessor",
    answers={"": _MADE, "--list": _LISTED},
)

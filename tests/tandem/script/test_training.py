"""A script as a training job: what it is told, and what the platform is told of it."""

from __future__ import annotations

import json
import signal
import zipfile
from pathlib import Path

import pytest

from tests.tandem.script.jobs import Tree, prepare_job

TELL = "import json, os; json.dump(dict(os.environ), open(os.environ['SM_MODEL_DIR'] + '/e', 'w'))"


def test_the_script_finds_the_variables_of_the_toolkit(tmp_path: Path) -> None:
    tree = prepare_job(tmp_path, TELL, eta="0.5", **{"max-depth": '"3"'})
    ended = tree.run(TRAINING_JOB_NAME="job-7", MY_OWN="kept")
    assert ended.code == 0, ended.text
    told = json.loads((tree.root / "model" / "e").read_text())
    ml = str(tree.root)
    expected = {
        "SM_CHANNELS": '["code","train"]',
        "SM_CHANNEL_CODE": f"{ml}/input/data/code",
        "SM_CHANNEL_TRAIN": f"{ml}/input/data/train",
        "SM_CURRENT_HOST": "algo-1",
        "SM_CURRENT_INSTANCE_GROUP": "homogeneousCluster",
        "SM_CURRENT_INSTANCE_GROUP_HOSTS": "[]",
        "SM_CURRENT_INSTANCE_TYPE": "local",
        "SM_DISTRIBUTION_INSTANCE_GROUPS": "[]",
        "SM_FRAMEWORK_MODULE": "",
        "SM_FRAMEWORK_PARAMS": "{}",
        "SM_HOSTS": '["algo-1"]',
        "SM_HPS": '{"eta":0.5,"max-depth":"3"}',
        "SM_HP_ETA": "0.5",
        "SM_HP_MAX-DEPTH": "3",
        "SM_INPUT_CONFIG_DIR": f"{ml}/input/config",
        "SM_INPUT_DATA_CONFIG": '{"code":{},"train":{}}',
        "SM_INPUT_DIR": f"{ml}/input",
        "SM_INSTANCE_GROUPS": "[]",
        "SM_INSTANCE_GROUPS_DICT": "{}",
        "SM_IS_HETERO": "false",
        "SM_LOG_LEVEL": "20",
        "SM_MODEL_DIR": f"{ml}/model",
        "SM_MODULE_DIR": f"{ml}/code",
        "SM_MODULE_NAME": "train",
        "SM_NETWORK_INTERFACE_NAME": "eth0",
        "SM_NUM_GPUS": "0",
        "SM_NUM_NEURONS": "0",
        "SM_OUTPUT_DATA_DIR": f"{ml}/output/data",
        "SM_OUTPUT_DIR": f"{ml}/output",
        "SM_OUTPUT_INTERMEDIATE_DIR": f"{ml}/output/intermediate",
        "SM_TOPOLOGY": "",
        "SM_USER_ARGS": '["--eta","0.5","--max-depth","3"]',
        "SM_USER_ENTRY_POINT": "train.py",
        "CURRENT_HOST": "algo-1",
        "MY_OWN": "kept",
    }
    assert {name: told.get(name) for name in expected} == expected
    assert int(told["SM_NUM_CPUS"]) >= 1
    assert json.loads(told["SM_TRAINING_ENV"])["job_name"] == "job-7"
    others = {name for name in told if name.startswith("SM_")} - set(expected)
    assert others == {"SM_NUM_CPUS", "SM_TRAINING_ENV", "SM_RESOURCE_CONFIG"}


def test_a_script_that_raises_fails_the_job_with_its_own_words(tmp_path: Path) -> None:
    ended = prepare_job(tmp_path, "print('began')\nraise KeyError('no such\\ncolumn')").run()
    assert ended.code == 1
    first = "ScriptError: train.py ended with exit code 1: KeyError: 'no such\\ncolumn'."
    assert ended.failure.splitlines()[0] == first
    assert "Traceback" in ended.failure
    assert "line 2" in ended.failure
    assert "began" in ended.text


def test_the_exit_code_is_the_scripts(tmp_path: Path) -> None:
    script = "import argparse; argparse.ArgumentParser().parse_args()"
    ended = prepare_job(tmp_path, script, depth="3").run()
    assert ended.code == 2
    assert ended.failure.splitlines()[0] == (
        "ScriptError: train.py ended with exit code 2: train.py: error: unrecognized arguments:"
        " --depth 3."
    )


def test_a_script_that_is_killed_is_said_to_be(tmp_path: Path) -> None:
    ended = prepare_job(tmp_path, "import os; os.kill(os.getpid(), 9)").run()
    assert ended.code == 137
    assert ended.failure.startswith("ScriptError: train.py was ended by SIGKILL, as the system")


def test_a_failure_the_script_wrote_itself_is_kept(tmp_path: Path) -> None:
    script = "import os, sys; open('../output/failure', 'w').write('my words'); sys.exit(7)"
    ended = prepare_job(tmp_path, script).run()
    assert (ended.code, ended.failure) == (7, "my words")


def test_a_stop_is_passed_on_and_what_the_script_saved_is_kept(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys, time\n"
        "def save(*_):\n"
        "    open(os.environ['SM_MODEL_DIR'] + '/model', 'w').write('so far')\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, save)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    tree = prepare_job(tmp_path, script)
    with tree.start() as process:
        lines = iter(process.stdout or ())
        assert any(line == "ready\n" for line in lines)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 143
    assert (tree.root / "model" / "model").read_text() == "so far"
    assert (tree.root / "model" / "code" / "train.py").exists()
    assert not (tree.root / "output" / "failure").exists()


def test_a_shell_script_gets_its_arguments_whole(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "ml")
    tree.write("input/data/code/go.sh", 'printf "%s|" "$@" > "$SM_MODEL_DIR/said"')
    tree.configure({"code": {}}, sagemaker_program="go.sh", note="two words; $HOME")
    assert tree.run().code == 0
    assert (tree.root / "model" / "said").read_text() == "--note|two words; $HOME|"


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("absent.py", "the code holds no 'absent.py'. sagemaker_program names it; there is "),
        ("../train.py", "the program '../train.py' is not inside of its code."),
    ],
)
def test_a_program_that_is_not_there_is_named(tmp_path: Path, program: str, sentence: str) -> None:
    tree = Tree(tmp_path / "ml")
    tree.write("input/data/code/train.py", "")
    tree.configure({"code": {}}, sagemaker_program=program)
    ended = tree.run()
    assert ended.code == 1
    assert ended.failure.startswith(f"UserError: {sentence}")


def wheel(folder: Path, version: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    info = f"shelf-{version}.dist-info"
    with zipfile.ZipFile(folder / f"shelf-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr("shelf.py", f"books = {version!r}\n")
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: shelf\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


def test_requirements_are_installed_before_the_script_runs(tmp_path: Path) -> None:
    script = "import os, shelf; open(os.environ['SM_MODEL_DIR'] + '/m', 'w').write(shelf.books)"
    tree = prepare_job(tmp_path, script)
    wheel(tree.root / "input/data/code/wheels", "1.5")
    tree.write(
        "input/data/code/requirements.txt",
        "--no-index\n--find-links wheels\nnumpy  # the image's own will do\nshelf>=1\n",
    )
    ended = tree.run()
    assert ended.code == 0, ended.text
    assert (tree.root / "model" / "m").read_text() == "1.5"


def test_requirements_that_are_not_to_be_had_fail_the_job_in_a_sentence(tmp_path: Path) -> None:
    tree = prepare_job(tmp_path, "")
    tree.write("input/data/code/requirements.txt", "--no-index\nno-such-package==9\n")
    ended = tree.run()
    assert ended.code == 1
    assert ended.failure.startswith(
        "UserError: requirements.txt cannot be installed: Could not find"
    )
    assert "--find-links wheels" in ended.failure

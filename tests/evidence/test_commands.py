"""What the flags of commands fix that start a server."""

from __future__ import annotations

import pytest
from deployments import fact, file, stated, stations

from rtreview.evidence.deployment import Task
from rtreview.evidence.readers.programs import commands


def facts(text: str, name: str = "Dockerfile") -> dict[str, object]:
    """The fields that a file states; nothing where it says nothing."""
    return stated("commands", name, text)


@pytest.mark.parametrize(
    ("command", "stated"),
    [
        (
            "uvicorn app:app --ws-ping-interval 15 --ws-ping-timeout=10 --ws-max-size 1048576",
            {
                "transport.heartbeat.interval": "15s",
                "transport.heartbeat.timeout": "10s",
                "backpressure.inbound.max_message": "1MiB",
            },
        ),
        (
            "/opt/bin/uvicorn app:app --timeout-graceful-shutdown 30 --workers 4",
            {"operations.drain": "30s", "topology.node.processes": 4},
        ),
        (
            "gunicorn app:app -k uvicorn.workers.UvicornWorker -w 2 --graceful-timeout 60 --timeout 120",
            {"topology.node.processes": 2, "operations.drain": "60s"},
        ),
        (
            "daphne app:app --ping-interval 20 --ping-timeout 30",
            {"transport.heartbeat.interval": "20s", "transport.heartbeat.timeout": "30s"},
        ),
        ("hypercorn app:app --websocket-ping-interval 25", {"transport.heartbeat.interval": "25s"}),
    ],
)
def test_each_server_has_its_own_flags(command: str, stated: dict[str, object]) -> None:
    """Written as a shell has them, or as a list."""
    listed = ", ".join(f'"{word}"' for word in command.split())
    assert facts(f"FROM python\nCMD {command}") == stated
    assert facts(f"FROM python\nCMD [{listed}]") == stated
    assert facts(f"web: {command}", "Procfile") == stated


def test_a_command_goes_on_behind_a_backslash() -> None:
    """And each flag has its own line."""
    (station,) = stations("commands", {"api/Dockerfile": "CMD uvicorn app:app \\\n  --workers 4"})
    found = fact(station, "topology.node.processes")
    assert (found.value, found.line.number, station.inside) == (4, 2, "api/")


def test_the_last_command_counts_and_follows_the_entry_point() -> None:
    """As Docker runs them."""
    assert facts("CMD uvicorn a:a --workers 2\nCMD uvicorn a:a --workers 3") == {"topology.node.processes": 3}
    assert facts('ENTRYPOINT ["uvicorn", "a:a"]\nCMD ["--workers", "3"]') == {"topology.node.processes": 3}


def test_a_variable_is_open() -> None:
    """It is put in when the container starts."""
    (station,) = stations("commands", {"Dockerfile": "CMD uvicorn a:a --workers ${WORKERS:-4}"})
    found = fact(station, "topology.node.processes")
    assert (found.is_open, found.decided_by) == (True, "it is put in when the program starts")


def test_flags_of_another_program_say_nothing() -> None:
    """Nor does what runs while the image is built, or a health check."""
    assert facts("CMD celery --workers 4\nLABEL uvicorn=1") == {}
    assert facts("RUN uvicorn a:a --workers 4") == {}
    assert facts("HEALTHCHECK CMD uvicorn --workers 4") == {}
    assert facts("worker: uvicorn a:a --workers 4", "Procfile") == {}


@pytest.mark.parametrize(
    "text",
    [
        "CMD uvicorn --workers",
        "CMD " + "uvicorn --workers " * 9_000,
        "CMD [\\\n" * 9_000 + "uvicorn",
        "\0uvicorn",
    ],
)
def test_whatever_stands_there_is_no_error(text: str) -> None:
    """However long it is."""
    list(commands.stations([file("Dockerfile", text)]))


@pytest.mark.parametrize(
    ("script", "processes"),
    [
        ("NODE_ENV=production pm2 start build/app.js -i 6 --attach", 6),
        ("pm2-runtime build/app.js --instances 2", 2),
        ("pm2 start build/app.js -i max", None),
        ("pm2 start build/app.js -i 0", None),
    ],
)
def test_pm2_says_how_many_processes_it_starts(script: str, processes: int | None) -> None:
    """In a Dockerfile and in the scripts of npm; as many as there are processors is no number."""
    package = '{\n  "scripts": {\n    "start": "%s",\n    "stop": "pm2 delete all -i 9"\n  }\n}'
    assert facts(f"CMD {script}") == {"topology.node.processes": processes}
    assert facts(package % script, "api/package.json") == {"topology.node.processes": processes}


def test_scripts_that_differ_leave_it_open() -> None:
    """Nothing says which of them runs."""
    scripts = '{"scripts": {"start": "pm2 start a.js -i 2", "start:all": "pm2 start a.js -i 8"}}'
    (station,) = stations("commands", {"package.json": scripts})
    assert fact(station, "topology.node.processes").decided_by == "scripts differ"


@pytest.mark.parametrize(
    "stated", ["WEB_CONCURRENCY=3", 'WEB_CONCURRENCY="3"', "A=1 WEB_CONCURRENCY=3", "WORKERS 3"]
)
def test_a_variable_of_an_image_says_its_processes(stated: str) -> None:
    """As far as the program reads it; what the command says goes before."""
    text = f"FROM python\nENV {stated}\nCMD uvicorn app:app"
    (station,) = stations("commands", {"Dockerfile": text})
    found = fact(station, "topology.node.processes")
    assert found.value == 3
    assert found.decided_by.startswith("as far as the program reads W")
    assert facts(f"{text} --workers 5") == {"topology.node.processes": 5}


def test_other_variables_say_nothing() -> None:
    """Whatever they begin with, and what a comment sets."""
    assert facts("ENV WORKERS_LOG=3\n# ENV WORKERS=3\nCMD uvicorn app:app") == {}


def test_each_flag_of_a_list_over_several_lines_is_read() -> None:
    """Though each line ends with a comma and a backslash."""
    text = (
        'CMD [\\\n  "uvicorn",\\\n  "--host=0.0.0.0",\\\n  "--timeout-graceful-shutdown=240",\\\n  "a:b"\\\n]'
    )
    assert facts(text) == {"operations.drain": "4m"}


@pytest.mark.parametrize(
    "text",
    [
        '{"scripts": ["pm2 -i 2"]}',
        '{"scripts": {"start": ["pm2", "-i", 2], "serve": 5}}',
        '["pm2"]',
        "pm2 -i 2 {[",
    ],
)
def test_scripts_of_any_shape_are_borne(text: str) -> None:
    """A list where a mapping should be, and what is no JSON."""
    assert facts(text, "package.json") == {}


@pytest.mark.parametrize(
    ("command", "task"),
    [
        ("daphne chat.asgi:application", Task.STREAMS),
        ("sh -c 'python manage.py migrate && uvicorn chat.asgi:app'", Task.STREAMS),
        ("gunicorn -k uvicorn.workers.UvicornWorker chat.asgi", Task.STREAMS),
        ("gunicorn --worker-class=gevent chat.wsgi", Task.STREAMS),
        ("gunicorn chat.wsgi:application --workers 3", Task.REQUESTS),
        ("gunicorn main:app", Task.OPEN),
        ("celery -A chat worker", Task.REQUESTS),
        ("celery -A chat worker & daphne chat.asgi:application", Task.STREAMS),
        ("nginx -g 'daemon off;'", Task.APART),
        ("npx serve -s dist", Task.APART),
        ("serve", Task.OPEN),
        ("node server.js & nginx", Task.OPEN),
        ("", None),
    ],
)
def test_a_command_tells_what_a_process_is_there_for(command: str, task: Task | None) -> None:
    """By the program, or by the worker that it is given; of an argument alone nothing is known."""
    assert commands.task_of(commands.words(command)) is task


def test_a_script_tells_it_of_what_runs_it() -> None:
    """Wherever it lies; what is commented out says nothing."""
    text = "# celery -A chat worker\nuntil nc -z db 5432; do sleep 1; done\ndaphne chat.asgi:application\n"
    (station,) = stations("commands", {"scripts/start-ws.sh": text})
    assert (station.task, station.paths) == (Task.STREAMS, {"*/start-ws.sh"})
    assert commands.scripts(["/bin/bash", "./start-ws.sh"]) == station.paths


def test_the_command_of_an_image_tells_it_of_what_is_built_in_its_folder() -> None:
    """Of several files in a folder the one without a word of its own."""
    pages = {"Dockerfile": 'FROM node\nCMD ["serve", "-s", "dist"]'}
    assert [each.task for each in stations("commands", pages)] == [Task.APART]
    assert not stations("commands", {"Dockerfile.pages": pages["Dockerfile"]})

"""Text that people wrote and that is on every machine: docstrings and sources of the standard library, some Chinese."""

from __future__ import annotations

import importlib
import inspect
from functools import lru_cache

import numpy as np

MODULES = (
    "argparse", "ast", "asyncio", "collections", "configparser", "csv", "ctypes", "datetime", "decimal", "difflib",
    "doctest", "email", "fractions", "functools", "heapq", "http.client", "inspect", "io", "ipaddress", "itertools",
    "json", "logging", "mailbox", "multiprocessing", "os", "pathlib", "pickle", "random", "re", "shutil", "socket",
    "sqlite3", "statistics", "string", "subprocess", "tarfile", "tempfile", "textwrap", "threading", "tokenize",
    "typing", "unittest", "urllib.request", "uuid", "warnings", "xml.dom.minidom", "zipfile",
)  # fmt: skip
CHINESE = (
    "今天天气很好，我们去公园散步。",
    "请解释什么是机器学习？",
    "机器学习是人工智能的一个分支。",
    "这本书的作者住在北京。",
    "水在零度时结冰，在一百度时沸腾。",
    "他每天早上六点起床跑步。",
    "编写一个函数，计算列表中所有偶数的和。",
    "长城是中国古代的伟大建筑。",
    "我喜欢喝茶，也喜欢喝咖啡。",
    "请把下面的句子翻译成英文。",
    "春天来了，花都开了。",
    "这个问题的答案并不简单。",
)


@lru_cache(maxsize=1)
def docstrings() -> tuple[str, ...]:
    """The docstrings of public classes, functions and methods of the standard library, each once, in a fixed order."""
    texts: dict[str, None] = {}
    for module in map(importlib.import_module, MODULES):
        public = {name: value for name, value in sorted(vars(module).items()) if not name.startswith("_")}
        for value in public.values():
            members = sorted(vars(value).items()) if inspect.isclass(value) else []
            for entry in (value, *(member for name, member in members if not name.startswith("_"))):
                text = inspect.getdoc(entry) if callable(entry) else None
                if text and len(text.split()) > 5:
                    texts.setdefault(text)
    return tuple(texts)


def prose(rows: int) -> list[str]:
    """``rows`` texts: one to three docstrings each, spread over the library; every fifth is Chinese. None is empty."""
    generator = np.random.default_rng(4)
    english = docstrings()
    step = len(english) / rows
    return [
        "".join(generator.choice(CHINESE, size=int(generator.integers(1, 9))))
        if row % 5 == 4
        else "\n\n".join(english[int(row * step) : int(row * step) + 1 + row % 3])
        for row in range(rows)
    ]


def code(rows: int) -> list[str]:
    """``rows`` pieces of Python source, of 40 lines each."""
    lines = "".join(inspect.getsource(importlib.import_module(name)) for name in ("argparse", "ast", "difflib"))
    pieces = lines.splitlines(keepends=True)
    return ["".join(pieces[40 * row : 40 * (row + 1)]) for row in range(rows)]

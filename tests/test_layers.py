"""A module imports only from its own layer or those above it in the list; no cycles."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1] / "src" / "leakbound"
LAYERS = (
    (
        "errors",
        "units",
        "quantity",
        "border",
        "logic",
        "roots",
        "workers",
        "diagnostics",
        "writing",
    ),
    (
        "curves",
        "distributions",
        "parameters",
        "priors",
        "prior_statement",
        "prior_change",
        "prices",
        "evidence",
    ),
    ("model",),
    (
        "checks",
        "posterior",
        "chains",
        "fit",
        "patience",
        "reweight",
        "source_likelihood",
        "prior_draws",
        "calibration",
    ),
    (
        "structures",
        "scenario",
        "effort",
        "security",
        "candidate",
        "known_base",
        "span",
        "standing",
        "forecast",
        "mixed_best",
        "predictive",
        "scoring",
    ),
    (
        "bound",
        "job",
        "explain",
        "sensitivity",
        "rules",
        "comparators",
        "risk",
        "gates",
        "competitors",
        "backtest",
        "assessment",
        "prior_predictive",
        "parallel_fits",
        "compare",
        "proof",
    ),
    ("report",),
    ("cli",),
    ("__main__",),
)
LAYER = {name: level for level, names in enumerate(LAYERS) for name in names}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def room(module):
    parts = module.split(".")
    return parts[1] if parts[0] == "leakbound" and len(parts) > 1 else None


def modules():
    return [
        path for path in ROOT.rglob("*.py") if path.name != "__init__.py" or path.parent != ROOT
    ]


def test_every_module_has_a_layer():
    rooms = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in modules()}
    assert rooms - {"data"} == set(LAYER)


def test_no_module_imports_from_a_layer_below_its_own():
    wrong = []
    for path in modules():
        own = path.relative_to(ROOT).parts[0].removesuffix(".py")
        for module in imports(path):
            other = room(module)
            if other in LAYER and own in LAYER and LAYER[other] > LAYER[own]:
                wrong.append(f"{path.relative_to(ROOT)} imports {module}")
    assert not wrong


def test_there_is_no_import_cycle():
    graph = {}
    for path in modules():
        name = "leakbound." + ".".join(path.relative_to(ROOT).with_suffix("").parts)
        graph[name.removesuffix(".__init__")] = {
            module for module in imports(path) if module.startswith("leakbound.")
        }
    done, path = set(), []

    def visit(name):
        assert name not in path, " -> ".join([*path, name])
        if name in done or name not in graph:
            return
        path.append(name)
        for other in graph[name]:
            visit(other)
        path.pop()
        done.add(name)

    for name in graph:
        visit(name)

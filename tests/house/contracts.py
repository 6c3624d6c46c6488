"""Two house rules that import-linter has no contract for; pyproject.toml names them."""

import sys
from itertools import permutations
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class PureContract(Contract):
    """Modules in *package* import the standard library, one another and what is *allowed*, nothing else."""

    package = fields.StringField()
    allowed = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        package = cast(str, self.package)
        welcome = cast(set[str], self.allowed) | set(sys.stdlib_module_names)
        strangers = [
            (module, imported)
            for module in sorted({package} | graph.find_descendants(package))
            for imported in sorted(graph.find_modules_directly_imported_by(module))
            if imported not in welcome and not f"{imported}.".startswith(f"{package}.")
        ]
        return ContractCheck(kept=not strangers, metadata={"imports": strangers})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name every import that makes a rule impure."""
        _render(check)


class IslandsContract(Contract):
    """The packages within *container* do not import one another; its plain modules are common ground."""

    container = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        islands = sorted(
            child for child in graph.find_children(cast(str, self.container)) if graph.find_children(child)
        )
        bridges = [
            chain
            for importer, imported in permutations(islands, 2)
            for chain in sorted(graph.find_shortest_chains(importer, imported, as_packages=True))
        ]
        return ContractCheck(kept=not bridges, metadata={"imports": bridges})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name every way that leads from one package to another."""
        _render(check)


def _render(check: ContractCheck) -> None:
    for chain in check.metadata["imports"]:
        output.print_error(" → ".join(chain))

"""QueryLineage over random graphs, against a walk in Python."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

TYPES = ("DataSet", "Model", "Image")
Edges = set[tuple[int, int]]


@pytest.fixture(scope="module")
def module_client(service: tuple[Any, Any]) -> Any:
    return service[1]


class Graph:
    """A graph that the service holds: nodes are numbers, `arns` their artifacts."""

    def __init__(self, client: Any, name: str, size: int, edges: Edges) -> None:
        self.client = client
        self.edges: Edges = set()
        self.arns = [
            client.create_artifact(
                Source={"SourceUri": f"{name}:{node}"},
                ArtifactType=TYPES[node % 3],
                Properties={"node": str(node)},
            )["ArtifactArn"]
            for node in range(size)
        ]
        self.associate(edges)

    def associate(self, edges: Edges) -> None:
        """Give the graph these edges and no others."""
        for method, changed in (
            (self.client.delete_association, self.edges - edges),
            (self.client.add_association, edges - self.edges),
        ):
            for source, destination in changed:
                method(SourceArn=self.arns[source], DestinationArn=self.arns[destination])
        self.edges = edges

    def query(self, start: int, **more: Any) -> tuple[list[int], set[tuple[int, int]]]:
        numbers = {arn: node for node, arn in enumerate(self.arns)}
        nodes: list[int] = []
        edges: list[tuple[int, int]] = []
        token: dict[str, str] = {}
        while True:
            answer = self.client.query_lineage(StartArns=[self.arns[start]], **more, **token)
            nodes += [numbers[vertex["Arn"]] for vertex in answer["Vertices"]]
            for vertex in answer["Vertices"]:
                assert vertex["Type"] == TYPES[numbers[vertex["Arn"]] % 3]
                assert vertex["LineageType"] == "Artifact"
            edges += [
                (numbers[edge["SourceArn"]], numbers[edge["DestinationArn"]])
                for edge in answer["Edges"]
            ]
            if "NextToken" not in answer:
                assert len(set(edges)) == len(edges)
                return nodes, set(edges)
            token = {"NextToken": answer["NextToken"]}

    def find_depths(self, start: int, direction: str, limit: int) -> dict[int, int]:
        steps = set()
        if direction != "Ascendants":
            steps |= self.edges
        if direction != "Descendants":
            steps |= {(there, here) for here, there in self.edges}
        depths = {start: 0}
        for depth in range(1, limit + 1):
            reached = {there for here, there in steps if depths.get(here) == depth - 1}
            depths |= dict.fromkeys(reached - depths.keys(), depth)
        return depths


NODES = st.integers(0, 5)
EDGES = st.sets(st.tuples(NODES, NODES).filter(lambda pair: pair[0] != pair[1]), max_size=9)


@pytest.fixture(scope="module")
def changing(module_client: Any) -> Graph:
    return Graph(module_client, "random", 6, set())


@settings(max_examples=20)
@given(
    edges=EDGES,
    direction=st.sampled_from(["Both", "Ascendants", "Descendants"]),
    limit=st.integers(0, 7),
    size=st.integers(1, 8),
)
def test_a_query_finds_what_a_walk_finds(
    changing: Graph, edges: Edges, direction: str, limit: int, size: int
) -> None:
    changing.associate(edges)
    depths = changing.find_depths(0, direction, limit)
    more = {"Direction": direction, "MaxDepth": limit, "MaxResults": size}
    nodes, between = changing.query(0, **more, IncludeEdges=True)
    assert sorted(nodes) == sorted(depths)
    assert [depths[node] for node in nodes] == sorted(depths.values())
    assert between == {edge for edge in edges if set(edge) <= depths.keys()}
    nodes, between = changing.query(0, **more, IncludeEdges=False, Filters={"Types": ["Model"]})
    assert sorted(nodes) == sorted(node for node in depths if node % 3 == 1)
    assert between == set()


@pytest.fixture(scope="module")
def chain(module_client: Any) -> Graph:
    """0 → 1 → ... → 12, and 0 → 13 beside it."""
    return Graph(module_client, "chain", 14, {*pairwise(range(13)), (0, 13)})


def test_ten_associations_are_the_farthest(chain: Graph) -> None:
    nodes, _ = chain.query(0, Direction="Descendants", IncludeEdges=True)
    assert sorted(nodes) == [*range(11), 13]


def test_edges_lead_to_what_the_filters_match(chain: Graph) -> None:
    filters = {"Properties": {"node": "3", "other": "x"}}
    nodes, edges = chain.query(0, Direction="Both", IncludeEdges=True, Filters=filters)
    assert nodes == [0, 1, 2, 3]
    assert edges == {(0, 1), (1, 2), (2, 3)}
    assert chain.query(0, Filters=filters)[0] == [3]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"LineageTypes": ["Artifact"], "Types": ["Image"]}, [2, 5]),
        ({"LineageTypes": ["Context"]}, []),
        ({"CreatedBefore": 0}, []),
        ({"ModifiedAfter": 4e9}, []),
        ({"CreatedAfter": 0, "ModifiedAfter": 0, "Types": ["DataSet"]}, [3]),
    ],
)
def test_filters(chain: Graph, filters: dict[str, Any], found: list[int]) -> None:
    assert chain.query(1, Direction="Descendants", MaxDepth=4, Filters=filters)[0] == found


def test_a_query_starts_from_an_entity(chain: Graph) -> None:
    arn = chain.arns[0].replace("artifact/", "artifact/0")
    with pytest.raises(ClientError) as caught:
        chain.client.query_lineage(StartArns=[arn])
    assert caught.value.response["Error"]["Code"] == "ResourceNotFound"

"""Search and GetSearchSuggestions."""

from collections.abc import Iterable

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Output
from local_test.service.resources.registration import Registration
from local_test.service.resources.search.entities import Entity, Searchable, find_searchable
from local_test.service.resources.search.expression import make_expression
from local_test.service.resources.search.properties import list_names
from local_test.service.resources.search.result_pages import paginate


def _search(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    searchable = find_searchable(backend, request["Resource"])
    if request.get("VisibilityConditions"):
        raise invalid("VisibilityConditions are not done by the local service. Leave them out.")
    expression = request.get("SearchExpression")
    fits = None if expression is None else make_expression(searchable.shape, expression)
    found = [
        entity
        for entity in _list_shared(backend, call, searchable)
        if fits is None or fits(entity.fields)
    ]
    page, token = paginate(found, searchable.shape, request)
    return {
        "Results": [{searchable.member: entity.fields} for entity in page],
        "TotalHits": {"Value": len(found), "Relation": "EqualTo"},
    } | ({"NextToken": token} if token else {})


def _list_shared(backend: Backend, call: ApiCall, searchable: Searchable) -> Iterable[Entity]:
    """Return what a search looks at; other accounts share nothing, as there is only one."""
    if call.request.get("CrossAccountFilterOption") == "CrossAccount":
        return ()
    return searchable.list_entities(backend, call.region)


def _suggest(backend: Backend, call: ApiCall) -> Output:
    """Return the names of properties that begin with a text, with those of present entries."""
    searchable = find_searchable(backend, call.request["Resource"])
    query = call.request.get("SuggestionQuery", {}).get("PropertyNameQuery", {})
    hint = query.get("PropertyNameHint", "")
    entities = searchable.list_entities(backend, call.region)
    names = list_names(searchable.shape, (entity.fields for entity in entities))
    return {
        "PropertyNameSuggestions": [
            {"PropertyName": name} for name in names if name.startswith(hint)
        ]
    }


REGISTRATION = Registration(operations={"Search": _search, "GetSearchSuggestions": _suggest})

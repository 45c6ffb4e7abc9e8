"""Compact letters: which groups are not told apart, in one column."""

from collections.abc import Collection, Hashable, Sequence


def compact_letters(
    groups: Sequence[Hashable], different: Collection[tuple[Hashable, Hashable]]
) -> dict[Hashable, str]:
    """Letters of groups, in their order: two groups share one if they are not different.

    Insert and absorb (Piepho 2004): a letter that two different groups share is split in
    two, of which each loses one of them; letters inside others are dropped.

    Args:
        groups: The groups, from the best to the worst.
        different: Pairs of groups that differ.
    """
    columns = [set(groups)]
    for a, b in different:
        split = [
            part
            for column in columns
            for part in ([column - {a}, column - {b}] if {a, b} <= column else [column])
        ]
        columns = []
        for part in sorted(split, key=len, reverse=True):
            if not any(part <= column for column in columns):
                columns.append(part)
    place = {group: i for i, group in enumerate(groups)}
    columns.sort(key=lambda column: sorted(place[group] for group in column))
    return {
        group: "".join(_letter(i) for i, column in enumerate(columns) if group in column)
        for group in groups
    }


def _letter(i: int) -> str:
    """Letters a to z, then a2 to z2, and so on."""
    letter = "abcdefghijklmnopqrstuvwxyz"[i % 26]
    return letter if i < 26 else f"{letter}{i // 26 + 1}"  # noqa: PLR2004

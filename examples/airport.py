"""Did San Francisco's airport get worse? Its customer surveys of 2017 and 2018, read with care."""

import cxmetrics as cx


def main() -> None:
    """Print what the surveys say, from the summaries that come with the library."""
    survey = cx.datasets.airport()  # one question each: counts by year, boarding area and flight
    print("San Francisco International Airport, 5,640 departing passengers, 2017 and 2018")

    heading("How likely are they to recommend the airport, from 0 to 10?")
    by_year = cx.nps(yearly(survey["recommend"]))
    print(by_year)
    print()
    print(cx.difference(by_year[2018], by_year[2017]).summary())

    heading("In 2018, by boarding area")
    by_area = cx.nps(survey["recommend"].total(over="flight"))
    print(by_area.select(year=2018))

    heading("Which boarding areas changed?")
    changes = cx.difference(by_area.select(year=2018), by_area.select(year=2017))
    print(changes)
    fell = [area for area, change in changes.items() if change.interval.high < 0]
    print(f"\nThe score fell in {' and '.join(fell)}. Elsewhere the interval holds 0: these data")
    print("do not say whether the score fell, rose or stayed. Seven looks find a change by chance")
    print("more often than one does.")

    heading("Are they satisfied with the Wi-Fi?")
    wifi = cx.csat(yearly(survey["wifi"]), label="Wi-Fi CSAT")
    print(wifi)
    print()
    print(cx.difference(wifi[2018], wifi[2017]).summary())

    heading("How easy was security, from 1 (difficult) to 5 (easy)?")
    security = cx.ces(yearly(survey["ease_security"]), label="Security CES")
    print(security)
    print()
    print(cx.difference(security[2018], security[2017]).summary())

    print("\nHow to read an interval: other passengers, drawn one by one, would have given other")
    print(
        "values; of 100 intervals made like these, 95 hold the value of all passengers. Here whole"
    )
    print("flights were asked, and some areas more than others, so the truth is less sure.")


def yearly(question: cx.Grouped[cx.Counts]) -> cx.Grouped[cx.Counts]:
    """The answers to a question by year alone."""
    return question.total(over=["flight", "boarding_area"])


def heading(text: str) -> None:
    """A line that starts a part."""
    print(f"\n{text}\n{'-' * len(text)}\n")


if __name__ == "__main__":
    main()

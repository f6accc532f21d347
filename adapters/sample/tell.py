"""The sample story itself: six developers, a team, thirteen products, and an app in every state that an app can be in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from adapters.sample.story import ADMIN, DigestOf, Owner, Person, SampleCommand, Story

EXPIRES_SOON: Final = timedelta(seconds=4)
JWT_LIVES: Final = timedelta(days=90)
"""Long enough for the command to arrive, short enough that the dashboard shows the credential as expired."""
KINDS: Final = {"developer": "first", "product": "first", "team": "team"}
"""What has to be there before apps are, by what a command's name begins with."""
LONGEST_OVERLAP: Final = "P7D"
"""So that the open rotation can still be seen days later."""


def sample_commands(at: datetime, digest_of: DigestOf) -> list[SampleCommand]:
    """Tell the story: the same commands for the same time and digests."""
    story = Story(at, digest_of)
    ada = story.person("ada", "Ada Nowak")
    bruno = story.person("bruno", "Bruno Carvalho")
    chiara = story.person("chiara", "Chiara Conti")
    deniz = story.person("deniz", "Deniz Kaya")
    emeka = story.person("emeka", "Emeka Obi")
    fatima = story.person("fatima", "Fatima El Amrani")
    products = _catalogue(story)
    _weather(story, chiara, products)  # First, since one of its credentials expires soon.
    _mobility(ada, products)
    _finance(story, bruno, products)
    _language(deniz, products)
    _companies(emeka, products)
    _places(fatima, products)
    _together(deniz.team("Night Shift", emeka), products)
    story.say(ADMIN, "product.retire.v1", "Earthquake Reports", product_id=products["quakes"], reason="the stations were switched off")
    return story.commands


def in_groups(commands: list[SampleCommand]) -> Iterator[list[SampleCommand]]:
    """Cut the story where order matters: within a group one sender speaks, and only commands about the same thing need their order."""
    for _, group in groupby(commands, key=lambda each: (each.sender, KINDS.get(each.type.partition(".")[0], "app"))):
        yield list(group)


def _catalogue(story: Story) -> dict[str, str]:
    return {
        "weather": story.product("Weather Forecasts", "environment", "Hourly forecasts for the next ten days."),
        "air": story.product("Air Quality", "environment", "Fine dust, ozone and pollen, measured every ten minutes."),
        "quakes": story.product("Earthquake Reports", "environment", "What seismographs felt in the last thirty days."),
        "departures": story.product("Transport Departures", "mobility", "Live departures of buses, trams and trains."),
        "bikes": story.product("Bike Stations", "mobility", "Free bikes and docks of public bike sharing."),
        "addresses": story.product("Address Search", "maps", "Addresses to coordinates, and back."),
        "routes": story.product("Route Planning", "maps", "Door to door, by any means.", needs_approval=True),
        "rates": story.product("Exchange Rates", "finance", "Daily reference rates of 40 currencies."),
        "accounts": story.product("Account Information", "finance", "Balances and bookings, with consent.", needs_approval=True),
        "payments": story.product("Payment Initiation", "finance", "Transfers from a customer's account.", needs_approval=True),
        "companies": story.product("Company Register", "government", "Extracts from the public register.", needs_approval=True),
        "translation": story.product("Text Translation", "language", "Between 30 languages."),
        "images": story.product("Image Recognition", "language", "Text and objects in pictures.", needs_approval=True),
    }


def _weather(story: Story, chiara: Person, products: dict[str, str]) -> None:
    umbrella = chiara.app("Umbrella or Not", "Tells you at breakfast.", [products["weather"], products["air"]])
    umbrella.issues(expires_at=story.at + EXPIRES_SOON)
    umbrella.issues()
    diary = chiara.app(
        "Allergy Diary", "Pollen and how you felt.", [products["air"]], callback_urls=["https://diary.example.com/signed-in"]
    )
    diary.issues("jwt", expires_at=story.at + JWT_LIVES)
    diary.asks_for(products["images"])
    storm = chiara.app("Storm Chaser", "Where the lightning is.", [products["weather"]])
    storm.issues()
    storm.is_suspended("a hundred times the agreed traffic since Friday")
    chiara.app("Garden Robot", "Waters tomatoes; needs no product yet.")


def _mobility(ada: Person, products: dict[str, str]) -> None:
    trams = ada.app("Tram Times", "The next tram, large, on the kitchen wall.", [products["departures"], products["bikes"]])
    trams.issues()
    trams.sets(environment="production", contact="ops@trams.example.com")
    buddy = ada.app(
        "Route Buddy",
        "Door to door with a toddler.",
        [products["routes"], products["addresses"]],
        callback_urls=["https://buddy.example.com/callback", "http://127.0.0.1:8400/callback"],
    )
    secret = buddy.issues("oauth_client")
    timetable = ada.app("Old Timetable", "What Tram Times was before.", [products["departures"]])
    timetable.issues()
    buddy.is_granted(products["routes"])
    buddy.rotates(secret, LONGEST_OVERLAP)
    timetable.is_deleted("replaced by Tram Times")


def _finance(story: Story, bruno: Person, products: dict[str, str]) -> None:
    ledger = bruno.app("Ledger Lens", "All accounts in one list.", [products["accounts"], products["payments"]])
    ledger.issues(expires_at=story.at + timedelta(days=90))
    watcher = bruno.app("Rate Watcher", "A bell when the rate is right.", [products["rates"]])
    leaked = watcher.issues()
    watcher.revokes(leaked, "found in a public repository")
    watcher.issues()
    phone = bruno.app("Pay by Phone", "Split the bill.", [products["payments"]], callback_urls=["https://pay.example.com/oauth"])
    phone.issues("oauth_client")
    loans = bruno.app("Quick Loans", "Money before breakfast.", [products["accounts"]])
    ledger.is_granted(products["accounts"], rejecting={products["payments"]: "reading accounts needs no payments"})
    loans.is_granted(rejecting={products["accounts"]: "no licence as an account information service"})


def _language(deniz: Person, products: dict[str, str]) -> None:
    translate = deniz.app("Translate That", "Point, speak, be understood.", [products["translation"]])
    old = translate.issues("oauth_client")
    translate.rotates(old, "PT24H")
    translate.ends_overlap_of(old)
    reader = deniz.app("Menu Reader", "Photographs of menus, in your language.", [products["images"]])
    reader.issues()
    phrase = deniz.app("Phrase of the Day", "One sentence each morning.", [products["translation"]])
    phrase.issues()
    phrase.is_deleted("nobody read it")


def _companies(emeka: Person, products: dict[str, str]) -> None:
    check = emeka.app("Company Check", "Who stands behind an offer.", [products["companies"]])
    check.issues()
    radar = emeka.app("Supplier Radar", "Watches the register for changes.", [products["companies"]])
    sorter = emeka.app("Invoice Sorter", "Reads invoices, books them.", [products["images"], products["rates"]])
    sorter.issues()
    check.is_granted(rejecting={products["companies"]: "say what the extracts are used for"})
    radar.is_granted(rejecting={products["companies"]: "watching is what the register's own feed is for"})
    sorter.is_granted(products["images"])
    sorter.is_suspended("the owner asked to stop it over the holidays")
    check.resubmits()
    check.is_granted(products["companies"])


def _places(fatima: Person, products: dict[str, str]) -> None:
    fresh = fatima.app("Fresh Air Map", "Where to run today.", [products["air"], products["addresses"]])
    fresh.issues()
    quake = fatima.app("Quake Alert", "A siren in your pocket.", [products["quakes"]])
    quake.issues()
    night = fatima.app("Bike Night", "Group rides after dark.", [products["bikes"], products["weather"]])
    night.issues()
    clinic = fatima.app("Clinic Finder", "The nearest open clinic.", [products["companies"], products["routes"]])
    clinic.issues("oauth_client")
    clinic.is_looked_after("grace", "Asked which extracts they need.")
    night.is_suspended("three complaints about noise")
    night.is_reinstated()


def _together(night_shift: Owner, products: dict[str, str]) -> None:
    kiosks = night_shift.app("Late Kiosks", "The way to what is still open.", [products["routes"]])
    kiosks.issues()

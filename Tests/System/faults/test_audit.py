"""The audit finds what is planted, or its silence would prove nothing."""

import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from faults.audit import compare, number_fits
from faults.journal import Journal, Person, sent_twice
from relay import ACCEPT, CUT, Delivery


def person(journal: Journal, code: str | None = None, **how) -> Person:
    person = journal.new()
    person.codes |= {code} if code else set()
    for name, value in how.items():
        setattr(person, name, value)
    return person


def test_whoever_was_told_must_be_there_and_nobody_else():
    journal = Journal()
    told, silent, asked_only = person(journal, "A"), person(journal, unknown=True), person(journal)
    leaver = person(journal, "B", leaving=True)
    gone = person(journal, "C", leaving=True, left=True)
    assert compare(journal.people, Counter([told.name])).are_none
    assert compare(journal.people, Counter([told.name, silent.name, leaver.name])).are_none
    assert compare(journal.people, Counter()).lost == [told.name]
    assert compare(journal.people, Counter([told.name, told.name])).twice == [told.name]
    found = compare(journal.people, Counter([told.name, asked_only.name, gone.name, "nobody"]))
    assert found.unasked == [asked_only.name, gone.name, "nobody"]


def test_two_codes_for_one_person_are_found():
    journal = Journal()
    twice = person(journal, "A")
    twice.codes.add("B")
    assert compare(journal.people, Counter([twice.name])).twice == [twice.name]


@pytest.mark.parametrize("first, again", [(ACCEPT, True), (CUT, True), ("451 later", False)])
def test_a_mail_that_goes_on_after_it_was_taken_is_found(first, again):
    mails = [Delivery("a@b.example", ["c@d.example"], b"Message-ID: <1@b.example>\r\n\r\n", answer)
             for answer in (first, ACCEPT)]
    assert bool(sent_twice(mails)) == again


def test_a_record_that_vanishes_is_found_by_each_who_looks(trial):
    trial.count(3)
    assert trial.auditor.find().are_none
    trial.server.kill()
    with closing(sqlite3.connect(trial.installation.data / "outcry.sqlite")) as database:
        database.execute("DELETE FROM record WHERE record_id = (SELECT min(record_id) FROM record)")
        database.commit()
    trial.server.start()
    findings = trial.auditor.find()
    assert len(findings.lost) == 1
    assert "FAIL baku-2017" in findings.wrong[0]


def test_a_number_and_a_trace_that_are_planted_are_found(trial):
    trial.count(1)
    assert trial.auditor.find().are_none
    assert number_fits(trial.server, trial.auditor.present.total()) == []
    for wrong in (0, 17):
        assert number_fits(trial.server, wrong, within=0.1)
    (trial.installation.data / "planted").write_text(trial.journal.people[0].email)
    assert trial.auditor.find().readable

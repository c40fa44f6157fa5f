"""What a new workspace begins with: definitions that work as they stand, with comments on what to fill in."""

WORKSPACE = """\
name: @NAME@
time_zone: Europe/Madrid   # the zone in which a day begins and ends, and of times without one
currency: EUR              # the one currency of all amounts
smallest_group: 5          # smaller groups are not shown in reports
"""

FIELDS = """\
# Fields of your own, beside the standard ones (see docs/reference.md).
# Types: text, number, integer, date, timestamp, boolean, text list.
fields: []
#  - name: lifestyle
#    type: text
#    family: psychographic
#    meaning: What matters to the contact
"""

IMPORT = """\
# Put your files into raw/ and say which column fills which field. `contact_id: Customer` is short for
# `contact_id: {from: Customer}`; docs/reference.md explains all fields and keys, such as format, decimal, values, skip.
sources:
  - name: contacts
    file: raw/contacts.csv
    table: contacts
    delimiter: ","
    columns:
      contact_id: Customer
      email: E-mail
      country: Country
      email_consent: Newsletter
      acquired_at: {from: Since, format: "%Y-%m-%d"}
  - name: orders
    file: raw/orders.csv
    table: interactions
    delimiter: ","
    unknown_contacts: create   # or quarantine: refuse orders of people who are not in contacts
    columns:
      interaction_id: Line
      contact_id: Customer
      occurred_at: {from: Date, format: "%Y-%m-%d"}
      kind: {value: purchase}
      order_id: Order
      category: Category
      amount: Amount
"""

GOALS = """\
# Why you segment. The first goal leads: its KPIs and knock-outs judge the segments of every run.
goals:
  - name: Win a second purchase
    objective: sell more   # sell more, keep customers, serve better, save cost, new line of business
    question: Which buyers come back within 60 days, and which of the others can we still win?
    target_profile: ""     # a rule such as country = 'ES'; empty is everybody
    criteria: [behavioural, financial]
    kpis:
      - {name: Bought within 60 days, measure: conversion, kind: purchase, horizon_days: 60, target: 0.25}
      - {name: Kept over 180 days, measure: retention, kind: purchase, horizon_days: 180, target: 0.5}
    knock_outs: {smallest_size: 30, smallest_reachable_share: 0.0, largest_overlap: 0.9}
"""

SEGMENTS = """\
# A smart view is a saved rule: a condition over fields, features and interactions, as of the day of the run.
smart_views:
  - name: New buyers
    rule: purchases >= 1 and purchases = count('purchase', within => '60 days')
  - name: Going quiet
    rule: days_since('purchase') > 180 and purchases >= 3
rfm:
  bins: 5
clusters:
  features: [recency_days, purchases_365d, average_order]
  candidates: [3, 4, 5]
"""

PLAYBOOK = """\
# What we say to whom. A play reaches the members who consent to its channel, each of them once; the holdout is never
# contacted.
plays:
  - name: Second basket
    segment: New buyers
    objective: A second order within 60 days
    message: Thank you for your first order
    offer: Free delivery on the second
    channel: email           # email, phone, sms
    cost_per_contact: 0.02
    holdout: 0.1
"""

WORKFLOWS = """\
# Trigger -> actions. Each occasion is acted on once, however often a run is repeated.
workflows:
  - name: Welcome new buyers
    trigger: {entering: New buyers}
    actions:
      - label: Welcome series
"""

TEMPLATES = {
    "definitions/workspace.yml": WORKSPACE,
    "definitions/fields.yml": FIELDS,
    "definitions/import.yml": IMPORT,
    "definitions/goals.yml": GOALS,
    "definitions/segments.yml": SEGMENTS,
    "definitions/playbook.yml": PLAYBOOK,
    "definitions/workflows.yml": WORKFLOWS,
}

"""What a new workspace begins with: definitions that work as they stand, with comments on what to fill in."""

WORKSPACE = """\
name: @NAME@
time_zone: Europe/Madrid   # the zone in which a day begins and ends, and of times without one
currency: EUR              # the one currency of all amounts
country: ""                # of telephone numbers that name none, such as ES
smallest_group: 5          # smaller groups are not shown in reports
"""

FIELDS = """\
# Fields of your own, beside the standard ones (see docs/reference.md). Types: text, number, integer, money, date,
# timestamp, boolean, text list, choice, multi-choice. Fields may be added at any time.
fields: []
#  - name: lifestyle
#    type: choice
#    choices: [family, traveller, gourmet]   # without `choices`, every text is one
#    family: psychographic
#    meaning: What matters to the contact
#  - name: loyalty_card
#    type: text
#    unique: true                            # no two contacts share one, so rows may find their contact by it
#    family: identity
"""

IMPORT = """\
# Which file fills which table, column by column. Put your files into raw/ and let the columns be proposed:
#     segment-lib suggest data/my_shop/raw/contacts.csv --workspace data/my_shop --write
# What is written here is replayed on the next export. Delimiter, encoding and sheet are found by evidence, and said.
# `contact_id: Customer` is short for `contact_id: {from: Customer}`. docs/reference.md explains all fields and keys.
sources: []
#  - name: crm                      # ids of its rows begin with the name, so keep it
#    file: raw/contacts*.csv        # one file, or all that meet a pattern; XLSX, ODS, JSON, Parquet, .gz and .zip too
#    table: contacts
#    keys: [contact_id, email]      # by which a row finds its contact, the first that has an answer counts
#    columns:
#      contact_id: Customer
#      email: E-mail
#      country: Country             # names in many languages become codes
#      acquired_at: {from: Since, format: "%d.%m.%Y"}
#      email_consent: Newsletter    # yes, no, sí, 1 ...; an empty cell is unknown
#      labels: {from: Tags, split: ","}
#  - name: orders
#    file: raw/orders*.csv
#    table: interactions
#    unknown_contacts: create       # or quarantine: refuse the rows; or anonymous: keep them without a contact
#    columns:
#      interaction_id: Line         # without ids, rows are told apart by all of their cells
#      contact_id: Customer
#      occurred_at: Date
#      kind: {value: purchase}
#      order_id: Order
#      amount: {from: Amount, decimal: ","}
#    skip:
#      - {reason: nothing was paid, where: amount = 0}
#    rename:
#      - {reason: a cancellation is a refund, where: order_id like 'C%', kind: refund}

# What is possible: other values are flagged, left empty (`empty`), or their rows refused (`refuse`).
ranges:
  birth_date: {from: 1900-01-01, to: today, then: empty}
  occurred_at: {to: now, then: flag}

# Where sources differ about a contact: latest (without a line here), earliest, longest, or sources as they are trusted.
survivors: {}
#  email: [crm, orders]
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

LABELS = """\
# Labels are put on contacts by hand (`segment-lib label add`), by rule (`segment-lib label apply`), by imports and by
# workflows. What a person puts on or takes off, no rule changes. A rule without an answer changes nothing.
labels: []
#  - name: Client
#    description: Has bought
#    colour: teal                 # or one of your own, in quotes: "#0b6e6e"
#    rule: purchases >= 1
#  - name: Influencer             # without a rule: by hand
#    colour: amber
#    expires_after: 12 months     # counted anew wherever its rule still holds
#  - name: Gold
#    group: level                 # of the labels of a group a contact should carry one; others are shown as conflicts
#    rule: spend_365d > 1000
#  - name: Silver
#    group: level
#    rule: spend_365d between 300 and 1000
"""

TEMPLATES = {
    "definitions/workspace.yml": WORKSPACE,
    "definitions/fields.yml": FIELDS,
    "definitions/import.yml": IMPORT,
    "definitions/goals.yml": GOALS,
    "definitions/segments.yml": SEGMENTS,
    "definitions/labels.yml": LABELS,
    "definitions/playbook.yml": PLAYBOOK,
    "definitions/workflows.yml": WORKFLOWS,
}

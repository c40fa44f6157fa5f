"""Who they are and how long we know each other: tenure, silence, age, household."""

from segment_lib.features.record import Feature

PEOPLE: tuple[Feature, ...] = (
    Feature("interactions", "count(*)", "interactions", "interaction",
            "Interactions of any kind", "integer", zero=True),
    Feature("interactions_90d", "count(*)", "interactions", "interaction",
            "Interactions of any kind in the last 90 days", "integer", where="in_last('90 days')", zero=True),
    Feature("first_interaction_at", "min(occurred_at)", "", "interaction",
            "First interaction of any kind", "timestamp"),
    Feature("last_interaction_at", "max(occurred_at)", "", "interaction",
            "Last interaction of any kind", "timestamp"),
    Feature("tenure_days", "days_since(least(acquired_at, first_interaction_at))", "days", "relationship",
            "Days since the contact became known", "integer", "contact"),
    Feature("quiet_days", "days_since(last_interaction_at)", "days", "interaction",
            "Days since the last interaction of any kind", "integer", "contact"),
    Feature("relationship_count", "coalesce(len(relationships), 0)", "relationships", "relationship",
            "How many things the contact is to us: client, supplier ...", "integer", "contact"),
    Feature("age_years", "case when birth_date <= as_of_day then full_years(birth_date) end", "years", "demographic",
            "Age in full years; nothing before the birth", "integer", "contact"),
    Feature("age_group",
            "case when age_years < 18 then 'under 18' when age_years < 25 then '18-24' when age_years < 35 "
            "then '25-34' when age_years < 45 then '35-44' when age_years < 55 then '45-54' when age_years < 65 "
            "then '55-64' when age_years >= 65 then '65 and over' end",
            "", "demographic", "Age in bands of ten years", "text", "contact"),
    Feature("household_band",
            "case when household_size = 1 then '1' when household_size = 2 then '2' when household_size in (3, 4) "
            "then '3-4' when household_size > 4 then '5 and more' end",
            "", "demographic", "People in the household, in bands", "text", "contact"),
)  # fmt: skip

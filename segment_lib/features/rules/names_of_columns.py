"""What kinds of interactions, relationships and the standard columns are called in sentences.

How a noun is written is told by `segment_lib.features.rules.nouns.read_noun`.
"""

from segment_lib.features.rules.nouns import Language

Names = dict[Language, str]

KINDS: dict[str, Names] = {
    "any": {"en": "had> interaction", "es": "tenido/tuvieron> f interacción"},
    "purchase": {"en": "placed> order", "es": "hecho/hicieron> pedido"},
    "refund": {"en": "received> refund", "es": "recibido/recibieron> f devolución"},
    "quote_request": {"en": "made> quote request", "es": "hecho/hicieron> f petición de presupuesto"},
    "support_request": {"en": "made> support request", "es": "hecho/hicieron> f consulta de soporte"},
    "call": {"en": "had> call", "es": "tenido/tuvieron> f llamada"},
    "meeting": {"en": "had> meeting", "es": "tenido/tuvieron> f reunión"},
    "email_sent": {
        "en": "received> e-mail from us|e-mails from us",
        "es": "recibido/recibieron> m correo nuestro|correos nuestros",
    },
    "email_open": {
        "en": "had> opening of an e-mail|openings of e-mails",
        "es": "tenido/tuvieron> f apertura de un correo|aperturas de correos",
    },
    "email_click": {
        "en": "made> click in an e-mail|clicks in e-mails",
        "es": "hecho/hicieron> m clic en un correo|clics en correos",
    },
    "visit": {"en": "made> visit", "es": "hecho/hicieron> f visita"},
    "subscription": {"en": "taken out/took out> subscription", "es": "contratado/contrataron> f suscripción"},
    "unsubscribe": {"en": "cancelled> subscription to e-mails|subscriptions to e-mails",
                    "es": "pedido/pidieron> f baja de correos"},
    "survey": {"en": "answered> survey", "es": "respondido/respondieron> f encuesta"},
    "campaign_response": {
        "en": "given/gave> response to a campaign|responses to campaigns",
        "es": "dado/dieron> f respuesta a una campaña|respuestas a campañas",
    },
    "deal_lost": {"en": "had> lost deal", "es": "tenido/tuvieron> f oportunidad perdida|oportunidades perdidas"},
}  # fmt: skip

RELATIONSHIPS: dict[str, Names] = {
    "prospect": {"en": "prospect", "es": "cliente potencial|clientes potenciales"},
    "client": {"en": "client", "es": "cliente"},
    "debtor": {"en": "debtor", "es": "deudor"},
    "supplier": {"en": "supplier", "es": "proveedor"},
    "collaborator": {"en": "collaborator", "es": "colaborador"},
}

CONTACT_COLUMNS: dict[str, Names] = {
    "contact_id": {"en": "contact number", "es": "número de contacto"},
    "first_name": {"en": "first name", "es": "nombre"},
    "last_name": {"en": "last name", "es": "apellido"},
    "email": {"en": "e-mail address", "es": "f dirección de correo"},
    "phone": {"en": "phone number", "es": "teléfono"},
    "company": {"en": "company", "es": "f empresa"},
    "country": {"en": "country", "es": "país"},
    "region": {"en": "region", "es": "f región"},
    "city": {"en": "town", "es": "f ciudad"},
    "postal_code": {"en": "postal code", "es": "código postal"},
    "latitude": {"en": "latitude", "es": "f latitud"},
    "longitude": {"en": "longitude", "es": "f longitud"},
    "language": {"en": "language", "es": "idioma"},
    "birth_date": {"en": "date of birth", "es": "f fecha de nacimiento"},
    "gender": {"en": "gender", "es": "género"},
    "household_size": {"en": "household size", "es": "m número de personas en el hogar"},
    "income": {"en": "household income", "es": "m ingreso anual del hogar"},
    "occupation": {"en": "occupation", "es": "f ocupación"},
    "relationships": {
        "en": "relationship with us|relationships with us",
        "es": "f relación con nosotros|relaciones con nosotros",
    },
    "acquired_at": {"en": "first contact with us", "es": "m primer contacto con nosotros"},
    "source": {"en": "source", "es": "m origen"},
    "email_consent": {"en": "consent to e-mails", "es": "m permiso para correos"},
    "phone_consent": {"en": "consent to calls", "es": "m permiso para llamadas"},
    "sms_consent": {"en": "consent to text messages", "es": "m permiso para mensajes de texto"},
    "email_consent_at": {
        "en": "last decision on e-mails",
        "es": "f última decisión sobre los correos",
    },
}

# Of rows rather than people.
INTERACTION_COLUMNS: dict[str, Names] = {
    "interaction_id": {"en": "interaction number", "es": "m número de interacción|números de interacción"},
    "contact_id": {"en": "contact number", "es": "m número de contacto|números de contacto"},
    "occurred_at": {"en": "date", "es": "f fecha"},
    "kind": {"en": "kind", "es": "m tipo"},
    "channel": {"en": "channel", "es": "m canal"},
    "order_id": {"en": "order number", "es": "m número de pedido"},
    "product": {"en": "product", "es": "m producto"},
    "category": {"en": "category", "es": "f categoría"},
    "quantity": {"en": "quantity", "es": "f cantidad"},
    "amount": {"en": "amount", "es": "m importe"},
    "currency": {"en": "currency", "es": "f moneda"},
    "campaign": {"en": "campaign", "es": "f campaña"},
    "score": {"en": "score", "es": "f puntuación"},
    "subject": {"en": "subject", "es": "m asunto"},
    "original_amount": {"en": "original amount", "es": "m importe original|importes originales"},
    "original_currency": {"en": "original currency", "es": "f moneda original|monedas originales"},
    "merged_from": {"en": "contact merged in|contacts merged in", "es": "m contacto unido|contactos unidos"},
    "import_id": {"en": "import", "es": "f importación"},
}

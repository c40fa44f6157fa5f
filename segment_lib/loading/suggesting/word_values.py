"""The words of files that are words of ours: kinds of interactions, stages of a relationship, answers about consent."""

from segment_lib.loading.suggesting.wording import plain_words

_KINDS = {
    "purchase": "sale, sales, purchase, order, ordered, invoice, buy, bought, sold, won, closed won, venta, "
        "compra, pedido, factura, verkauf, kauf, bestellung, rechnung, achat, vente, commande, facture, "
        "vendita, acquisto, ordine, venda, encomenda, verkoop, aankoop, bestelling",
    "refund": "refund, refunded, return, returned, credit note, cancellation, credit, chargeback, devolucion, "
        "reembolso, abono, ruckgabe, gutschrift, storno, retoure, remboursement, retour, avoir, rimborso, "
        "reso, devolucao, terugbetaling",
    "support_request": "ticket, support, support request, complaint, case, incident, reclamacion, queja, beschwerde, "
        "reclamation, reclamo, klacht, support ticket, service request",
    "quote_request": "quote, quotation, quote request, offer request, presupuesto, angebot, angebotsanfrage, devis, "
        "preventivo, orcamento, offerte",
    "call": "call, phone call, telephone, llamada, anruf, telefonat, appel, chiamata, telefonata, chamada, "
        "telefoontje, gesprek",
    "meeting": "meeting, appointment, demo, reunion, cita, treffen, termin, besprechung, rendez vous, riunione, "
        "reuniao, afspraak",
    "email_sent": "email, e mail, mail, sent, send, delivered, email sent, correo, courriel, sent email, email "
        "delivered",
    "email_open": "open, opened, email open, email opened, abierto, geoffnet, ouvert, aperto, aberto",
    "email_click": "click, clicked, email click, email clicked, clic, klick, geklickt",
    "visit": "visit, page view, pageview, page viewed, visita, besuch, visite, bezoek, session, store visit",
    "subscription": "subscription, subscribe, subscribed, suscripcion, abonnement, abonnieren, abbonamento, "
        "assinatura",
    "unsubscribe": "unsubscribe, unsubscribed, opt out, baja, abmeldung, desinscription, disiscrizione, afmelding",
    "survey": "survey, survey response, encuesta, umfrage, enquete, sondage, sondaggio, inquerito",
    "campaign_response": "response, responded, campaign response, redemption, respuesta, antwort, reponse, risposta",
    "deal_lost": "lost, closed lost",
}  # fmt: skip
_RELATIONSHIPS = {
    "prospect": "lead, prospect, subscriber, marketing qualified lead, sales qualified lead, mql, sql, "
        "opportunity, interested, new lead, interessent, prospecto, prospecter, interesado, potentiel, "
        "potenziale, potencial, trial",
    "client": "customer, client, evangelist, kunde, bestandskunde, cliente, klant, existing customer, active "
        "customer, won, client actif, advocate, vip customer, converted",
    "supplier": "supplier, vendor, lieferant, proveedor, fournisseur, fornitore, fornecedor, leverancier",
    "collaborator": "collaborator, partner, socio, partenaire, colaborador, collaborateur, reseller, medewerker",
    "debtor": "debtor, schuldner, deudor, debiteur, debitore, devedor",
    "": "other, others, none, sonstige, otro, autre, altro, outro, overig, unqualified, churned, lost",
}  # fmt: skip
_CONSENT = {
    "true": "subscribed, opted in, opt in, active, confirmed, granted, suscrito, abonniert, abonne, iscritto, "
        "inscrito",
    "false": "unsubscribed, opted out, opt out, not subscribed, non subscribed, cleaned, bounced, reported as "
        "spam, complained, denied, withdrawn, abgemeldet, desinscrit, disiscritto, baja",
    "": "pending, never subscribed, not confirmed, unknown, transactional",
}  # fmt: skip
_GENDERS = (
    "m, f, w, d, x, male, female, man, woman, men, women, mr, mrs, ms, mx, miss, herr, frau, mannlich, "
    "weiblich, divers, other, diverse, homme, femme, h, hombre, mujer, v, varon, masculino, femenino, sr, "
    "sra, monsieur, madame, mme, uomo, donna, maschio, femmina, masculin, feminin, homem, mulher, feminino, "
    "vrouw, non binary, nonbinary, mannelijk, vrouwelijk, maschile, femminile, prefer not to say"
)


def _turned(words: dict[str, str]) -> dict[str, str]:
    return {plain_words(word): ours for ours, theirs in words.items() for word in theirs.split(",")}


KINDS = _turned(_KINDS)
RELATIONSHIPS = _turned(_RELATIONSHIPS)
CONSENTS = _turned(_CONSENT)
GENDERS = frozenset(plain_words(word) for word in _GENDERS.split(","))
OURS = {"kind": KINDS, "relationships": RELATIONSHIPS}


def kind_of(word: str) -> str:
    """Return the kind of interaction that a word of a file stands for; strange words become a kind of their own.

    Examples
    --------
    >>> kind_of("Sale"), kind_of("E-mail"), kind_of("add_to_cart"), kind_of("Checkout bug")
    ('purchase', 'email_sent', 'add_to_cart', 'checkout_bug')
    """
    plain = plain_words(word)
    return KINDS.get(plain) or plain.replace(" ", "_") or word


def values_for(field: str, words: list[str]) -> dict[str, str | None]:
    """Return the rule key `values` for the words that a column holds: what each of them becomes.

    Parameters
    ----------
    field : kind, relationships or one of the consents.
    words : what the column holds.

    Returns
    -------
    dict of str to str or None
        Only words that change; a word that says nothing about the field becomes None.

    Examples
    --------
    >>> values_for("relationships", ["Lead", "Customer", "Other"])
    {'lead': 'prospect', 'customer': 'client', 'other': None}
    >>> values_for("kind", ["purchase", "Ticket"])
    {'ticket': 'support_request'}
    """
    found: dict[str, str | None] = {}
    for word in words:
        if field == "kind":
            ours: str | None = kind_of(word)
        else:
            table = RELATIONSHIPS if field == "relationships" else CONSENTS
            known = table.get(plain_words(word))
            ours = word if known is None else (known or None)
        if ours != word:
            found[word.lower()] = ours
    return found

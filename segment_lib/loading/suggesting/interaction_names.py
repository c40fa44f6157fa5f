"""What the fields of interactions and of campaign assignments are called in files, language by language."""

from segment_lib.loading.suggesting.contact_names import CONTACT_NAMES, Names

# In a file of events a bare id is the event's, and a bare name is not a person's.
_WHOSE = {
    language: ", ".join(
        name
        for name in names.split(", ")
        if not name.endswith("?") or name in ("customer?", "client?", "user?", "member?")
    )
    for language, names in CONTACT_NAMES["contact_id"].items()
}

_EMAIL = ", associated contact email, requester email, recipient?, recipient email, requester?"
_PHONE = ", caller, caller number, called number"

INTERACTION_NAMES: Names = {
    "interaction_id": {
        "en": "interaction id, event id, activity id, ticket id, ticket number, case id, case number, line id, "
        "order line id, transaction id, deal id, message id, call id, row id, id?, record id?, line item id, "
        "response id, uuid?",
        "de": "ereignis id, vorgangsnummer, ticketnummer, positionsnummer, transaktionsnummer, buchungsnummer",
        "fr": "id evenement, numero de ticket, numero de transaction, id ligne",
        "es": "id evento, numero de ticket, numero de transaccion, id linea, id transaccion",
        "it": "id evento, numero transazione, id transazione, id riga",
        "pt": "id evento, numero da transacao, id transacao, id da linha",
        "nl": "gebeurtenis id, transactienummer, ticketnummer",
    },
    "contact_id": _WHOSE,
    "email": {**CONTACT_NAMES["email"], "en": CONTACT_NAMES["email"]["en"] + _EMAIL},
    "phone": {**CONTACT_NAMES["phone"], "en": CONTACT_NAMES["phone"]["en"] + _PHONE},
    "occurred_at": {
        "en": "occurred at, date, order date, transaction date, invoice date, purchase date, event date, timestamp, "
        "time, datetime, event time, activity date, when, date time, sale date, paid at?, created at, create "
        "date, created?, ordered at, transaction timestamp, event timestamp, redemption date, sent at, opened "
        "at, clicked at, close date, closed date, order created at, billing date, visit date, payment date?, "
        "date of purchase, call date, sent time, response date, invoice time, order time, day?, send date, "
        "assigned at?",
        "de": "datum, bestelldatum, rechnungsdatum, kaufdatum, zeitstempel, auftragsdatum, zeitpunkt, belegdatum, "
        "buchungsdatum",
        "fr": "date, date de commande, date de facture, date d achat, date commande, horodatage, date facture",
        "es": "fecha, fecha de pedido, fecha pedido, fecha de compra, fecha factura, fecha de factura, fecha "
        "compra, fecha y hora",
        "it": "data, data ordine, data fattura, data acquisto, data dell ordine, data e ora",
        "pt": "data, data do pedido, data da encomenda, data da compra, data da fatura, data da venda, data e hora",
        "nl": "datum, besteldatum, factuurdatum, aankoopdatum, orderdatum, tijdstip",
    },
    "kind": {
        "en": "kind, event, event type, activity type, interaction type, transaction type, order type?, event name, "
        "action, type?, activity?, interaction, record type?, deal stage?",
        "de": "ereignis, ereignistyp, vorgangsart, belegart, art?, typ?, aktivitatstyp",
        "fr": "evenement, type d evenement, type d activite, type?",
        "es": "evento, tipo de evento, tipo de actividad, tipo?, tipo de operacion",
        "it": "evento, tipo di evento, tipo attivita, tipo?", "pt": "evento, tipo de evento, tipo de atividade, tipo?",
        "nl": "gebeurtenis, soort gebeurtenis, activiteitstype, soort?, type?",
    },
    "channel": {
        "en": "channel, sales channel, medium?, order channel, purchase channel, contact channel, store type, order "
        "source, platform?, device?",
        "de": "kanal, vertriebskanal, verkaufskanal", "fr": "canal, canal de vente", "es": "canal, canal de venta",
        "it": "canale, canale di vendita", "pt": "canal, canal de venda", "nl": "kanaal, verkoopkanaal",
    },
    "order_id": {
        "en": "order id, order number, order no, order, invoice no, invoice number, invoice id, basket id, receipt "
        "number, receipt id, receipt no, order key?, purchase id, invoice, transaction number?, order "
        "reference, checkout id?",
        "de": "bestellnummer, auftragsnummer, rechnungsnummer, bestell nr, auftrag nr, rechnung nr, belegnummer, "
        "bon nr",
        "fr": "numero de commande, no commande, commande, numero de facture, id commande, no facture, reference "
        "commande",
        "es": "numero de pedido, pedido, n pedido, id pedido, numero de factura, factura, n factura, num pedido",
        "it": "numero ordine, ordine, id ordine, numero fattura, fattura, numero d ordine",
        "pt": "numero do pedido, pedido, numero da encomenda, encomenda, id do pedido, numero da fatura",
        "nl": "bestelnummer, ordernummer, factuurnummer, bestelling",
    },
    "product": {
        "en": "product, product id, product name, product code, item, item name, item id, sku, stock code, article, "
        "lineitem name, lineitem sku, article number, product sku, product title, upc?, item code, asin",
        "de": "produkt, artikel, artikelnummer, artikelbezeichnung, produktname, artikel nr, bezeichnung?",
        "fr": "produit, article, reference produit, nom du produit, code produit, code article, designation?",
        "es": "producto, articulo, codigo de producto, nombre del producto, codigo producto, referencia?, codigo "
        "articulo",
        "it": "prodotto, articolo, codice prodotto, nome prodotto, codice articolo",
        "pt": "produto, artigo, codigo do produto, nome do produto",
        "nl": "product, artikel, artikelnummer, productnaam, productcode",
    },
    "category": {
        "en": "category, product category, item category, product type?, department?, product group, category name",
        "de": "kategorie, warengruppe, produktkategorie, produktgruppe, sortiment?",
        "fr": "categorie, categorie de produit, famille?, rayon",
        "es": "categoria, categoria de producto, familia?, categoria producto", "it": "categoria, categoria prodotto",
        "pt": "categoria, categoria do produto", "nl": "categorie, productcategorie, productgroep",
    },
    "quantity": {
        "en": "quantity, qty, units, pieces, number of items, item count?, lineitem quantity, units sold, quantity "
        "ordered, items sold, amount of items, count?, number of units, num items",
        "de": "menge, anzahl, stuck, stuckzahl", "fr": "quantite, qte, nombre d articles",
        "es": "cantidad, unidades, uds, cant", "it": "quantita, pezzi, qta", "pt": "quantidade, qtd, unidades",
        "nl": "aantal, hoeveelheid, stuks",
    },
    "amount": {
        "en": "amount, total, order total, total amount, revenue, sales value, value?, sales, order value, grand "
        "total, total price, line total, price paid, deal value, deal amount, net amount, gross amount, order "
        "amount, total spent?, sales amount, payment amount, transaction amount, purchase amount, total "
        "sales, paid, sum, turnover, extended price, donation amount, spend?, net sales, invoice amount, "
        "amount paid",
        "de": "betrag, summe, gesamtbetrag, umsatz, gesamtpreis, rechnungsbetrag, bestellwert, gesamtsumme, wert?, "
        "bruttobetrag, nettobetrag, endbetrag",
        "fr": "montant, montant total, total ttc, total, prix total, chiffre d affaires, montant ttc",
        "es": "importe, importe total, total, monto, valor?, precio total, importe neto, facturacion, monto total",
        "it": "importo, totale, importo totale, totale ordine, prezzo totale, valore?, fatturato",
        "pt": "valor?, montante, total, valor total, preco total, valor do pedido",
        "nl": "bedrag, totaal, totaalbedrag, omzet, orderbedrag, waarde?",
    },
    "currency": {
        "en": "currency, currency code, order currency, iso currency", "de": "wahrung, waehrung, wahrungscode",
        "fr": "devise, monnaie, code devise", "es": "moneda, divisa, codigo de moneda", "it": "valuta, divisa, moneta",
        "pt": "moeda, divisa, codigo da moeda", "nl": "valuta, munt, valutacode",
    },
    "campaign": {
        "en": "campaign, campaign id, campaign name, utm campaign, mailing, campaign title, newsletter name",
        "de": "kampagne, kampagnenname, aktion?", "fr": "campagne, nom de la campagne",
        "es": "campana, nombre de la campana", "it": "campagna, nome campagna", "pt": "campanha, nome da campanha",
        "nl": "campagne, campagnenaam",
    },
    "score": {
        "en": "score, rating, survey score, nps, csat, satisfaction, satisfaction score, nps score, satisfaction "
        "rating, stars",
        "de": "bewertung, punktzahl, zufriedenheit, note?", "fr": "note, evaluation, satisfaction",
        "es": "puntuacion, valoracion, nota, satisfaccion, calificacion", "it": "punteggio, valutazione, voto",
        "pt": "pontuacao, avaliacao, nota", "nl": "beoordeling, cijfer, tevredenheid",
    },
    "subject": {
        "en": "subject, subject line, title?, ticket name, deal name, email subject, summary, topic, description?, "
        "activity subject, ticket subject, meeting title, call title, message?, task name",
        "de": "betreff, titel?, beschreibung?, thema", "fr": "objet, sujet, titre?, description?",
        "es": "asunto, titulo?, descripcion?, tema", "it": "oggetto, titolo?, descrizione?, argomento",
        "pt": "assunto, titulo?, descricao?", "nl": "onderwerp, titel?, omschrijving?",
    },
}  # fmt: skip

ASSIGNMENT_NAMES: Names = {
    "campaign": INTERACTION_NAMES["campaign"],
    "contact_id": _WHOSE,
    "arm": {
        "en": "arm, treatment, treatment group, experiment group, test group, treatment arm, group?, variant?",
        "de": "testgruppe, versuchsgruppe, gruppe?", "fr": "groupe de test, groupe?", "es": "grupo de prueba, grupo?",
        "it": "gruppo di test, gruppo?", "pt": "grupo de teste, grupo?", "nl": "testgroep, groep?",
    },
    "assigned_at": {
        "en": "assigned at, assignment date, date assigned, drawn at, date?, sent at",
        "de": "zugewiesen am, zuteilungsdatum", "fr": "affecte le, date d affectation",
        "es": "asignado el, fecha de asignacion", "it": "assegnato il, data assegnazione",
        "pt": "atribuido em, data de atribuicao", "nl": "toegewezen op, toewijzingsdatum",
    },
    "segment": {
        "en": "segment, audience, segment name", "de": "segment, zielgruppe", "fr": "segment, audience",
        "es": "segmento, audiencia", "it": "segmento", "pt": "segmento", "nl": "segment, doelgroep",
    },
}  # fmt: skip

TABLE_NAMES: dict[str, Names] = {
    "contacts": CONTACT_NAMES,
    "interactions": INTERACTION_NAMES,
    "campaign_assignments": ASSIGNMENT_NAMES,
}

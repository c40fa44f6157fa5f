"""What the fields of contacts are called in the files of CRMs, shops and mailing tools, language by language.

A name that ends in `?` is a weak one: other things are called so too.
"""

Names = dict[str, dict[str, str]]

CONTACT_NAMES: Names = {
    "contact_id": {
        "en": "contact id, customer id, client id, user id, member id, person id, household id, customer number, "
        "customer no, client number, member number, subscriber id, external id, customer code, account "
        "number?, company id?, record id?, rec id?, customer?, client?, id?, uuid?, guest id, visitor id, "
        "account id?, user?, member?, lead id, crm id, customer key, shopper id",
        "de": "kundennummer, kunden nr, kunden id, kontakt id, kontaktnummer, mitgliedsnummer, kunde?, debitorennummer",
        "fr": "numero client, no client, id client, code client, identifiant client, identifiant?, id contact, client?",
        "es": "id cliente, id de cliente, numero de cliente, num cliente, codigo cliente, codigo de cliente, id "
        "contacto, n cliente, cliente?, identificador?",
        "it": "id cliente, codice cliente, numero cliente, id contatto, identificativo?, cliente?",
        "pt": "id do cliente, codigo do cliente, numero do cliente, id cliente, id do contato, cliente?",
        "nl": "klantnummer, klant id, klantnr, relatienummer, contact id, klant?",
    },
    "first_name": {
        "en": "first name, given name, forename, firstname, fname, customer first name, billing first name, "
        "christian name",
        "de": "vorname", "fr": "prenom", "es": "nombre de pila, nombre?, primer nombre",
        "it": "nome?, nome di battesimo", "pt": "primeiro nome, nome proprio, nome?", "nl": "voornaam",
    },
    "last_name": {
        "en": "last name, surname, family name, lastname, lname, customer last name, billing last name, second name?",
        "de": "nachname, familienname, zuname, name?", "fr": "nom de famille, nom?",
        "es": "apellidos, apellido, primer apellido", "it": "cognome", "pt": "sobrenome, apelido, ultimo nome",
        "nl": "achternaam, familienaam",
    },
    "email": {
        "en": "email, e mail, email address, e mail address, emails, work email, primary email, contact email, "
        "mail?, customer email, billing email, user email, subscriber email, email 1",
        "de": "e mail adresse, email adresse, mailadresse, e mail anschrift",
        "fr": "adresse e mail, courriel, adresse courriel, adresse electronique, adresse mail, adresse email, mel",
        "es": "correo electronico, correo, direccion de correo, direccion de correo electronico, e mail",
        "it": "indirizzo e mail, indirizzo email, posta elettronica", "pt": "endereco de email, correio eletronico",
        "nl": "e mailadres, emailadres, mailadres",
    },
    "phone": {
        "en": "phone, phone number, telephone, telephone number, mobile, mobile phone, mobile number, cell phone, "
        "work phone, phone no, tel, primary phone, contact phone, customer phone, billing phone, mobile phone "
        "number, work?, home phone, whatsapp?",
        "de": "telefon, telefonnummer, handy, handynummer, mobiltelefon, rufnummer, tel nr, mobil",
        "fr": "telephone, numero de telephone, portable, telephone portable, tel portable, mobile",
        "es": "telefono, numero de telefono, movil, telefono movil, celular",
        "it": "telefono, numero di telefono, cellulare", "pt": "telefone, telemovel, numero de telefone, celular",
        "nl": "telefoon, telefoonnummer, mobiel, gsm, mobiele telefoon",
    },
    "company": {
        "en": "company, company name, organisation, organization, organization name, account name, account?, "
        "accounts?, employer, business name, firm, billing company, associated company",
        "de": "firma, unternehmen, firmenname, organisation, unternehmensname",
        "fr": "societe, entreprise, raison sociale, nom de l entreprise, organisme",
        "es": "empresa, compania, razon social, nombre de la empresa, organizacion",
        "it": "azienda, societa, ragione sociale, nome azienda",
        "pt": "empresa, companhia, razao social, nome da empresa", "nl": "bedrijf, bedrijfsnaam, organisatie, firma",
    },
    "country": {
        "en": "country, country code, country region, nation, billing country, shipping country?, customer country, "
        "cc?, country of residence",
        "de": "land, staat?, laendercode, landercode, landeskennzeichen", "fr": "pays, code pays",
        "es": "pais, codigo de pais, pais region", "it": "paese, nazione, stato?", "pt": "pais, codigo do pais",
        "nl": "land, landcode",
    },
    "region": {
        "en": "region, state, province, county, state region, state province, state code, billing state, billing "
        "province, territory?, shipping province?",
        "de": "bundesland, kanton, region, provinz", "fr": "region, departement?, province",
        "es": "provincia, comunidad autonoma, region, estado?, comunidad", "it": "provincia, regione",
        "pt": "distrito, estado?, regiao, provincia, uf", "nl": "provincie, regio",
    },
    "city": {
        "en": "city, town, suburb, billing city, shipping city?, municipality, locality, place of residence, city town",
        "de": "stadt, ort, wohnort, ortschaft, gemeinde", "fr": "ville, commune, localite",
        "es": "ciudad, poblacion, localidad, municipio", "it": "citta, comune, localita",
        "pt": "cidade, localidade, municipio, concelho", "nl": "stad, plaats, woonplaats, gemeente",
    },
    "postal_code": {
        "en": "postal code, postcode, zip, zip code, zipcode, post code, billing zip, billing postcode, zip postal "
        "code, shipping zip?",
        "de": "postleitzahl, plz", "fr": "code postal, cp?", "es": "codigo postal, c p, cod postal, cp?",
        "it": "cap, codice postale, codice di avviamento postale", "pt": "codigo postal, cep", "nl": "postcode",
    },
    "language": {
        "en": "language, preferred language, locale?, lang, language code", "de": "sprache, sprachcode", "fr": "langue",
        "es": "idioma, lengua", "it": "lingua", "pt": "idioma, lingua", "nl": "taal",
    },
    "birth_date": {
        "en": "birth date, date of birth, birthday, birthdate, dob, birth day",
        "de": "geburtsdatum, geburtstag, geb datum", "fr": "date de naissance, anniversaire, naissance",
        "es": "fecha de nacimiento, nacimiento, cumpleanos, fecha nacimiento",
        "it": "data di nascita, compleanno, nascita", "pt": "data de nascimento, aniversario, nascimento",
        "nl": "geboortedatum, verjaardag",
    },
    "gender": {
        "en": "gender, sex, salutation?", "de": "geschlecht, anrede?", "fr": "sexe, genre, civilite?",
        "es": "sexo, genero", "it": "sesso, genere", "pt": "sexo, genero", "nl": "geslacht",
    },
    "household_size": {
        "en": "household size, people in household, persons in household, family size, number in household, hh size",
        "de": "haushaltsgrosse, personen im haushalt", "fr": "taille du foyer, taille du menage",
        "es": "tamano del hogar, personas en el hogar", "it": "componenti nucleo familiare, dimensione famiglia",
        "pt": "agregado familiar, tamanho do agregado", "nl": "huishoudgrootte, gezinsgrootte",
    },
    "income": {
        "en": "income, household income, annual income, yearly income, salary?",
        "de": "einkommen, haushaltseinkommen, jahreseinkommen", "fr": "revenu, revenus, revenu annuel, revenu du foyer",
        "es": "ingresos, ingresos anuales, renta?", "it": "reddito, reddito annuo",
        "pt": "rendimento, renda, rendimento anual", "nl": "inkomen, jaarinkomen",
    },
    "occupation": {
        "en": "occupation, job title, job, title?, profession, position?, job position",
        "de": "beruf, berufsbezeichnung, position?, stellenbezeichnung",
        "fr": "profession, metier, intitule du poste, fonction, poste?",
        "es": "profesion, ocupacion, puesto, cargo, puesto de trabajo", "it": "professione, occupazione, qualifica",
        "pt": "profissao, ocupacao, cargo", "nl": "beroep, functie, functietitel",
    },
    "relationships": {
        "en": "relationship, relationships, lifecycle stage, life cycle stage, contact type?, customer type?, "
        "relationship type",
        "de": "beziehung, lebenszyklusphase, lifecycle phase",
        "fr": "relation, phase du cycle de vie, etape du cycle de vie",
        "es": "relacion, etapa del ciclo de vida, fase del ciclo de vida", "it": "relazione, fase del ciclo di vita",
        "pt": "relacao, fase do ciclo de vida, estagio do ciclo de vida",
        "nl": "relatie, levenscyclusfase, relatietype",
    },
    "acquired_at": {
        "en": "created at, create date, created, creation date, date created, date added, acquired at, signup date, "
        "sign up date, registered at, registration date, customer since, member since, since?, joined, join "
        "date, joined at, first seen, first purchase date, first order date, optin time?, signed up at, "
        "enrolment date, customer date?",
        "de": "erstellt am, angelegt am, erstelldatum, anlagedatum, registriert am, kunde seit, eintrittsdatum, "
        "anmeldedatum, erfassungsdatum, registrierungsdatum",
        "fr": "date de creation, cree le, date d inscription, client depuis, inscrit le, date d ajout",
        "es": "fecha de creacion, creado el, fecha de alta, fecha alta, cliente desde, fecha de registro, alta?",
        "it": "data di creazione, creato il, data registrazione, cliente dal, data iscrizione",
        "pt": "data de criacao, criado em, data de registo, data de cadastro, cliente desde",
        "nl": "aangemaakt op, aanmaakdatum, datum aangemaakt, klant sinds, inschrijfdatum, registratiedatum",
    },
    "source": {
        "en": "source, lead source, original source, acquisition channel, acquisition source, utm source, traffic "
        "source, signup source, referrer?, how did you hear about us, contact source",
        "de": "quelle, leadquelle, herkunft, lead quelle, ursprungliche quelle",
        "fr": "source, origine, source du lead, source d origine, provenance",
        "es": "fuente, origen, procedencia, fuente del lead, fuente original, canal de captacion",
        "it": "fonte, origine, provenienza, fonte del lead", "pt": "fonte, origem, proveniencia, origem do lead",
        "nl": "bron, herkomst, leadbron",
    },
    "email_consent": {
        "en": "email consent, newsletter, email opt in, email marketing, accepts marketing, accepts email "
        "marketing, newsletter subscription, newsletter consent, marketing consent?, opt in?, email "
        "permission, consent email, subscription status?, email marketing consent, consent?",
        "de": "newsletter, newsletter anmeldung, optin newsletter, e mail einwilligung, werbeeinwilligung, "
        "einwilligung e mail, einwilligung?",
        "fr": "newsletter, consentement e mail, accepte la newsletter, optin e mail, optin newsletter, infolettre, "
        "consentement?",
        "es": "boletin, acepta publicidad, consentimiento e mail, suscrito al boletin, consentimiento correo, "
        "acepta marketing, consentimiento?",
        "it": "newsletter, consenso e mail, consenso marketing, iscritto alla newsletter, consenso?",
        "pt": "newsletter, aceita marketing, consentimento e mail, aceita publicidade, consentimento?",
        "nl": "nieuwsbrief, toestemming e mail, e mailtoestemming, toestemming?",
    },
    "phone_consent": {
        "en": "phone consent, call consent, may be called, phone opt in, consent phone, telephone consent, calls "
        "allowed",
        "de": "einwilligung telefon, telefon einwilligung, anruf erlaubt",
        "fr": "consentement telephone, optin telephone", "es": "consentimiento telefono, acepta llamadas",
        "it": "consenso telefono", "pt": "consentimento telefone", "nl": "toestemming telefoon, telefoontoestemming",
    },
    "sms_consent": {
        "en": "sms consent, sms opt in, sms marketing, accepts sms marketing, consent sms, text message consent, "
        "sms permission",
        "de": "einwilligung sms, sms einwilligung", "fr": "consentement sms, optin sms",
        "es": "consentimiento sms, acepta sms", "it": "consenso sms", "pt": "consentimento sms",
        "nl": "toestemming sms, smstoestemming",
    },
    "email_consent_at": {
        "en": "consent at, consent date, opt in date, email consent at, email consent date, opted in at, subscribed "
        "at, subscribe date, subscription date?, email opt in date",
        "de": "einwilligung am, einwilligungsdatum, opt in datum", "fr": "date de consentement, date d optin",
        "es": "fecha de consentimiento, fecha consentimiento", "it": "data consenso, data del consenso",
        "pt": "data do consentimento, data de consentimento", "nl": "datum toestemming, toestemmingsdatum",
    },
    "labels": {
        "en": "tags, labels, label?, tag?, contact tags, customer tags, segments?",
        "de": "schlagworte, schlagworter, etiketten, kennzeichen?", "fr": "etiquettes, libelles", "es": "etiquetas",
        "it": "etichette, tag", "pt": "etiquetas, marcadores", "nl": "labels, trefwoorden",
    },
}  # fmt: skip

"""Names of invented people and organisations, by language."""

from typing import Final

WOMEN: Final = {
    "es": "Ana Beatriz Carmen Celia Clara Elena Eva Inés Irene Isabel Julia Laura Lucía Luz Marina Marta Mercedes "
    "Mónica Nieves Noelia Nuria Olga Paloma Pilar Raquel Rocío Rosa Sara Silvia Sofía Teresa Vega",
    "pt": "Alice Beatriz Carla Catarina Filipa Inês Joana Leonor Mafalda Marta Rita Sofia Susana Teresa",
    "fr": "Camille Chloé Claire Élise Hélène Jeanne Juliette Léa Louise Manon Margaux Nathalie Sophie Zoé",
    "de": "Anke Birgit Claudia Greta Hanna Heike Ilse Jana Katrin Lena Mareike Sabine Ulrike Wiebke",
    "it": "Alessia Chiara Elisa Federica Francesca Giada Giulia Ilaria Lucia Martina Paola Serena Silvia Valentina",
    "en": "Abigail Alice Charlotte Emily Grace Hannah Heather Jane Lucy Olivia Phoebe Rachel Sophie Victoria",
}
MEN: Final = {
    "es": "Adrián Alberto Álvaro Andrés Antonio Carlos Daniel Diego Emilio Enrique Fernando Francisco Gonzalo "
    "Guillermo Hugo Ignacio Iván Javier Jorge José Juan Luis Manuel Marcos Mario Miguel Óscar Pablo Pedro Rafael "
    "Sergio Tomás",
    "pt": "André António Bruno Diogo Duarte Francisco Gonçalo João Luís Miguel Nuno Pedro Rui Tiago",
    "fr": "Antoine Arnaud Baptiste Benoît Étienne François Guillaume Hugo Jules Julien Laurent Mathieu Rémi Théo",
    "de": "Andreas Bernd Christoph Dirk Florian Hans Jörg Jürgen Lukas Matthias Moritz Stefan Torsten Uwe",
    "it": "Alessandro Andrea Davide Enrico Fabio Giacomo Giovanni Lorenzo Luca Marco Matteo Nicola Paolo Stefano",
    "en": "Alfred Arthur Charles Edward George Harry Henry Jack Oliver Owen Philip Simon Thomas William",
}
SURNAMES: Final = {
    "es": "Abril Aguado Alarcón Baeza Ballester Bravo Cabrera Calvo Campos Cano Castaño Cordero Crespo Delgado Espejo "
    "Ferrer Fuentes Gallego Garrido Herrero Hidalgo Iglesias Lozano Marín Medina Molina Montoro Navarro Nieto Ortega "
    "Pardo Peña Prieto Quirós Ramos Rivas Robles Roldán Salas Sáez Serrano Soler Soto Tejada Torres Vargas Vega Vidal",
    "pt": "Almeida Azevedo Barros Cardoso Carvalho Coelho Correia Fonseca Freitas Lopes Machado Moreira Pinto Teixeira",
    "fr": "Barbier Blanchard Chevalier Dubois Fontaine Fournier Garnier Lacroix Lambert Marchand Meunier Moreau Renard "
    "Rousseau",
    "de": "Becker Brandt Fischer Gärtner Hoffmann Jansen Keller Köhler Lange Müller Neumann Schäfer Vogel Winkler",
    "it": "Bianchi Caruso Colombo Conti Ferrari Fontana Galli Greco Leone Marino Moretti Ricci Romano Villa",
    "en": "Archer Baker Barker Carter Cooper Fisher Fletcher Gardner Hughes Mason Palmer Parker Turner Walker",
}
COMPANY_FORMS: Final = {
    "es": ("Restaurante {}", "Casa {}", "Hotel {}", "{} e Hijos, S.L.", "Oficinas {}"),
    "pt": ("Restaurante {}", "Casa {}", "{} & Filhos, Lda."),
    "fr": ("Restaurant {}", "Maison {}", "Bureaux {}"),
    "de": ("Gasthaus {}", "Feinkost {}", "Büro {} GmbH"),
    "it": ("Trattoria {}", "Casa {}", "Studio {}"),
    "en": ("The {} Kitchen", "{} & Sons", "{} Offices"),
}
DOMAINS: Final = (
    "correo.example",
    "buzon.example",
    "huerta.example",
    "mail.example",
    "post.example",
    "casa.example",
    "naranjal.example",
    "azahar.example",
    "cartas.example",
)
OCCUPATIONS: Final = (
    "teacher",
    "nurse",
    "engineer",
    "shop assistant",
    "civil servant",
    "self-employed",
    "student",
    "retired",
    "cook",
    "manager",
    "technician",
    "homemaker",
)
INTERESTS: Final = ("cooking", "sport", "travel", "gardening", "wine", "children", "reading", "sustainability")
SOURCES: Final = ("web shop", "search", "social media", "fair", "recommendation", "telephone", "advertising")

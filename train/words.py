"""Words that stand on generated pages, in eight languages of Latin script, with the icon that goes with them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CITIES", "LANGUAGES", "NAMES", "PRODUCTS", "SURNAMES", "TERMS", "Term", "prose"]

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "sv")


@dataclass(frozen=True, slots=True)
class Term:
    """A word of an interface: its icon's concept, where it stands, and its text by language."""

    concept: str
    role: str
    texts: tuple[str, ...]

    def text(self, language: str) -> str:
        """The word in a language of `LANGUAGES`."""
        return self.texts[LANGUAGES.index(language)]


# role: n navigation, a action, s setting, f field or column, m measure
_TERMS = """
home n Home|Startseite|Accueil|Inicio|Home|Início|Start|Hem
grid n Dashboard|Übersicht|Tableau de bord|Panel|Cruscotto|Painel|Overzicht|Översikt
inbox n Inbox|Posteingang|Boîte de réception|Bandeja de entrada|Posta in arrivo|Caixa de entrada|Postvak IN|Inkorg
send n Sent|Gesendet|Envoyés|Enviados|Inviati|Enviados|Verzonden|Skickat
file text n Drafts|Entwürfe|Brouillons|Borradores|Bozze|Rascunhos|Concepten|Utkast
archive n Archive|Archiv|Archives|Archivo|Archivio|Arquivo|Archief|Arkiv
trash n Trash|Papierkorb|Corbeille|Papelera|Cestino|Lixeira|Prullenbak|Papperskorg
calendar n Calendar|Kalender|Calendrier|Calendario|Calendario|Calendário|Agenda|Kalender
chat n Messages|Nachrichten|Messages|Mensajes|Messaggi|Mensagens|Berichten|Meddelanden
users n Customers|Kunden|Clients|Clientes|Clienti|Clientes|Klanten|Kunder
user n Profile|Profil|Profil|Perfil|Profilo|Perfil|Profiel|Profil
bar chart n Reports|Berichte|Rapports|Informes|Rapporti|Relatórios|Rapporten|Rapporter
package n Orders|Bestellungen|Commandes|Pedidos|Ordini|Pedidos|Bestellingen|Beställningar
tag n Products|Produkte|Produits|Productos|Prodotti|Produtos|Producten|Produkter
receipt n Invoices|Rechnungen|Factures|Facturas|Fatture|Faturas|Facturen|Fakturor
credit card n Payments|Zahlungen|Paiements|Pagos|Pagamenti|Pagamentos|Betalingen|Betalningar
folder n Files|Dateien|Fichiers|Archivos|File|Ficheiros|Bestanden|Filer
image n Pictures|Bilder|Images|Imágenes|Immagini|Imagens|Afbeeldingen|Bilder
music n Music|Musik|Musique|Música|Musica|Música|Muziek|Musik
video n Videos|Videos|Vidéos|Vídeos|Video|Vídeos|Video's|Videor
star n Favourites|Favoriten|Favoris|Favoritos|Preferiti|Favoritos|Favorieten|Favoriter
history n Recent|Zuletzt|Récents|Recientes|Recenti|Recentes|Recent|Senaste
settings n Settings|Einstellungen|Paramètres|Ajustes|Impostazioni|Definições|Instellingen|Inställningar
help n Help|Hilfe|Aide|Ayuda|Aiuto|Ajuda|Hulp|Hjälp
store n Shop|Laden|Boutique|Tienda|Negozio|Loja|Winkel|Butik
truck n Delivery|Lieferung|Livraison|Envío|Consegna|Entrega|Bezorging|Leverans
map n Map|Karte|Carte|Mapa|Mappa|Mapa|Kaart|Karta
newspaper n News|Neuigkeiten|Actualités|Noticias|Notizie|Notícias|Nieuws|Nyheter
briefcase n Projects|Projekte|Projets|Proyectos|Progetti|Projetos|Projecten|Projekt
check circle n Tasks|Aufgaben|Tâches|Tareas|Attività|Tarefas|Taken|Uppgifter
database n Storage|Speicher|Stockage|Almacenamiento|Archiviazione|Armazenamento|Opslag|Lagring
bookmark n Bookmarks|Lesezeichen|Signets|Marcadores|Segnalibri|Favoritos web|Bladwijzers|Bokmärken
save a Save|Speichern|Enregistrer|Guardar|Salva|Guardar|Opslaan|Spara
trash a Delete|Löschen|Supprimer|Eliminar|Elimina|Eliminar|Verwijderen|Ta bort
edit a Edit|Bearbeiten|Modifier|Editar|Modifica|Editar|Bewerken|Redigera
plus a Add|Hinzufügen|Ajouter|Añadir|Aggiungi|Adicionar|Toevoegen|Lägg till
close a Cancel|Abbrechen|Annuler|Cancelar|Annulla|Cancelar|Annuleren|Avbryt
check a Apply|Anwenden|Appliquer|Aplicar|Applica|Aplicar|Toepassen|Verkställ
download a Download|Herunterladen|Télécharger|Descargar|Scarica|Transferir|Downloaden|Ladda ner
upload a Upload|Hochladen|Envoyer|Subir|Carica|Carregar|Uploaden|Ladda upp
print a Print|Drucken|Imprimer|Imprimir|Stampa|Imprimir|Afdrukken|Skriv ut
share a Share|Teilen|Partager|Compartir|Condividi|Partilhar|Delen|Dela
copy a Copy|Kopieren|Copier|Copiar|Copia|Copiar|Kopiëren|Kopiera
search a Search|Suchen|Rechercher|Buscar|Cerca|Pesquisar|Zoeken|Sök
filter a Filter|Filtern|Filtrer|Filtrar|Filtra|Filtrar|Filteren|Filtrera
refresh a Refresh|Aktualisieren|Actualiser|Actualizar|Aggiorna|Atualizar|Vernieuwen|Uppdatera
send a Send|Senden|Envoyer à|Enviar|Invia|Enviar|Verzenden|Skicka
reply a Reply|Antworten|Répondre|Responder|Rispondi|Responder|Beantwoorden|Svara
cart a Add to cart|In den Warenkorb|Ajouter au panier|Añadir al carrito|Aggiungi al carrello|Pôr no carrinho|In winkelwagen|Lägg i varukorg
login a Sign in|Anmelden|Connexion|Entrar|Accedi|Iniciar sessão|Inloggen|Logga in
logout a Sign out|Abmelden|Déconnexion|Salir|Esci|Sair|Uitloggen|Logga ut
external link a Open|Öffnen|Ouvrir|Abrir|Apri|Abrir|Openen|Öppna
arrow right a Continue|Weiter|Continuer|Continuar|Continua|Continuar|Doorgaan|Fortsätt
arrow left a Back|Zurück|Retour|Volver|Indietro|Voltar|Terug|Tillbaka
undo a Undo|Rückgängig|Défaire|Deshacer|Annulla modifica|Desfazer|Ongedaan maken|Ångra
wifi s Wi-Fi|WLAN|Wi-Fi|Wi-Fi|Wi-Fi|Wi-Fi|Wifi|Wi-Fi
bluetooth s Bluetooth|Bluetooth|Bluetooth|Bluetooth|Bluetooth|Bluetooth|Bluetooth|Bluetooth
bell s Notifications|Benachrichtigungen|Notifications|Notificaciones|Notifiche|Notificações|Meldingen|Aviseringar
volume s Sound|Ton|Son|Sonido|Suono|Som|Geluid|Ljud
monitor s Display|Anzeige|Affichage|Pantalla|Schermo|Ecrã|Beeldscherm|Bildskärm
battery s Battery saver|Energiesparen|Économie d'énergie|Ahorro de batería|Risparmio energetico|Poupança de bateria|Batterijbesparing|Batterisparläge
moon s Dark mode|Dunkler Modus|Mode sombre|Modo oscuro|Modalità scura|Modo escuro|Donkere modus|Mörkt läge
lock s Privacy|Datenschutz|Confidentialité|Privacidad|Riservatezza|Privacidade|Privacy|Integritet
shield s Security|Sicherheit|Sécurité|Seguridad|Sicurezza|Segurança|Beveiliging|Säkerhet
translate s Language|Sprache|Langue|Idioma|Lingua|Idioma|Taal|Språk
clock s Date and time|Datum und Uhrzeit|Date et heure|Fecha y hora|Data e ora|Data e hora|Datum en tijd|Datum och tid
keyboard s Keyboard|Tastatur|Clavier|Teclado|Tastiera|Teclado|Toetsenbord|Tangentbord
location s Location|Standort|Position|Ubicación|Posizione|Localização|Locatie|Plats
plane s Flight mode|Flugmodus|Mode avion|Modo avión|Modalità aereo|Modo de voo|Vliegtuigmodus|Flygplansläge
cloud upload s Backup|Sicherung|Sauvegarde|Copia de seguridad|Backup|Cópia de segurança|Back-up|Säkerhetskopia
microphone s Microphone|Mikrofon|Microphone|Micrófono|Microfono|Microfone|Microfoon|Mikrofon
camera s Camera|Kamera|Caméra|Cámara|Fotocamera|Câmara|Camera|Kamera
palette s Colours|Farben|Couleurs|Colores|Colori|Cores|Kleuren|Färger
rocket s Start automatically|Automatisch starten|Démarrage automatique|Inicio automático|Avvio automatico|Início automático|Automatisch starten|Starta automatiskt
user f Name|Name|Nom|Nombre|Nome|Nome|Naam|Namn
mail f E-mail|E-Mail|E-mail|Correo|E-mail|E-mail|E-mail|E-post
phone f Phone|Telefon|Téléphone|Teléfono|Telefono|Telefone|Telefoon|Telefon
location f City|Stadt|Ville|Ciudad|Città|Cidade|Stad|Stad
calendar f Date|Datum|Date|Fecha|Data|Data|Datum|Datum
info f Status|Status|État|Estado|Stato|Estado|Status|Status
dollar f Amount|Betrag|Montant|Importe|Importo|Montante|Bedrag|Belopp
building f Company|Firma|Entreprise|Empresa|Azienda|Empresa|Bedrijf|Företag
key f Password|Passwort|Mot de passe|Contraseña|Password|Palavra-passe|Wachtwoord|Lösenord
globe f Country|Land|Pays|País|Paese|País|Land|Land
hash f Number|Nummer|Numéro|Número|Numero|Número|Nummer|Nummer
file f Size|Größe|Taille|Tamaño|Dimensione|Tamanho|Grootte|Storlek
users f Department|Abteilung|Service|Departamento|Reparto|Departamento|Afdeling|Avdelning
edit f Comment|Bemerkung|Commentaire|Comentario|Commento|Comentário|Opmerking|Kommentar
dollar m Revenue|Umsatz|Chiffre d'affaires|Ingresos|Ricavi|Receita|Omzet|Intäkter
cart m Sales|Verkäufe|Ventes|Ventas|Vendite|Vendas|Verkopen|Försäljning
users m Visitors|Besucher|Visiteurs|Visitantes|Visitatori|Visitantes|Bezoekers|Besökare
eye m Views|Aufrufe|Vues|Vistas|Visite|Visualizações|Weergaven|Visningar
percent m Conversion|Konversion|Conversion|Conversión|Conversione|Conversão|Conversie|Konvertering
trending up m Growth|Wachstum|Croissance|Crecimiento|Crescita|Crescimento|Groei|Tillväxt
clock m Waiting time|Wartezeit|Attente|Espera|Attesa|Espera|Wachttijd|Väntetid
refresh m Returns|Rücksendungen|Retours|Devoluciones|Resi|Devoluções|Retouren|Returer
database m Used space|Belegt|Espace utilisé|Espacio usado|Spazio usato|Espaço usado|Gebruikte ruimte|Använt utrymme
chip m Load|Auslastung|Charge|Carga|Carico|Carga|Belasting|Belastning
"""  # noqa: E501


def _terms() -> tuple[Term, ...]:
    terms = []
    for line in _TERMS.strip().splitlines():
        first, *others = line.split("|")
        words = first.split(" ")
        at = next(i for i, word in enumerate(words) if i and word in ("n", "a", "s", "f", "m"))
        terms.append(Term(" ".join(words[:at]), words[at], (" ".join(words[at + 1 :]), *others)))
    return tuple(terms)


TERMS = _terms()


def _split(names: str) -> tuple[str, ...]:
    return tuple(names.split())


NAMES = _split(
    "Anna Björn Chloé Diego Elena Franz Giulia Hugo Inês Jürgen Karin Luca Marta Nils Oskar Paula "
    "Quentin Rosa Sofía Tomás Ulrike Vera Willem Xavier Yara Zoë Łukasz Ása André Maïté"
)
SURNAMES = _split(
    "Andersson Bianchi Costa Dubois Espinosa Fischer García Hansen Ibáñez Janssen Keller Lefèvre Müller "
    "Nielsen Oliveira Peeters Quist Rossi Schröder Teixeira Ullmann Vidal Weber Ximénez Young Zimmer"
)
CITIES = _split(
    "Amsterdam Berlin Córdoba Düsseldorf Évora Firenze Göteborg Helsinki Innsbruck Lisboa Malmö Nîmes "
    "Oslo Porto Québec Reims Sevilla Torino Utrecht València Wien Zürich"
)
PRODUCTS = _split(
    "Aurora Basalt Cobalt Delta Ember Fjord Granit Helix Indigo Juniper Kestrel Lumen Meridian Nimbus Onyx "
    "Pinnacle Quartz Ridge Solstice Tundra Umbra Vertex Willow Zephyr"
)

_PROSE = (
    "the of and to in is that for it with as was on by at from are this be which or an were their has more",
    "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden über",
    "de la le et les des en un du une que est pour qui dans par plus au sur ne se été après où même très",
    "de la que el en y a los se del las un por con no una su para es al lo como más también según años",
    "di e il la che in a per un è una con del si da non sono come dei le nel alla più anche così perché",
    "de a o que e do da em um para é com não uma os no se na por mais as dos como mas já também até são",
    "de het een van in en is dat op te voor met zijn niet aan er om ook als maar door naar over tijd één",
    "och i att det som en på är av för med till den har de inte om ett men var så från nu över år när också",
)
_STEMS = (
    "system market report process water energy region network history material result measure season paper",
    "Gebäude Verfahren Straße Ergebnis Wasser Messung Entwicklung Region Wirtschaft Geschichte Größe Netz",
    "système marché rapport procédé énergie région réseau histoire matière résultat mesure saison forêt",
    "sistema mercado informe proceso energía región historia materia resultado medida estación señal agua",
    "sistema mercato relazione processo energia regione storia materia risultato misura stagione città acqua",
    "sistema mercado relatório processo energia região história matéria resultado medição estação água",
    "systeem markt verslag proces energie regio geschiedenis materie resultaat meting seizoen water straat",
    "system marknad rapport process energi område historia ämne resultat mätning årstid vatten väg skog",
)


def prose(language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Small words and nouns of a language, to fill paragraphs with."""
    index = LANGUAGES.index(language)
    return tuple(_PROSE[index].split()), tuple(_STEMS[index].split())

"""From articles about armed conflict to a versioned dataset of events, actors and stance.

ingest      raw files in any format     -> dataset/articles
team        who annotates which article -> dataset/team.yaml, dataset/assignments
guide       the guidelines as a book    -> its generated parts, and a site
migrate     annotation sets             -> the codebook's version, where no meaning changed
tasks       articles                    -> files that Label Studio imports
serve       starts the embedded Label Studio
push        articles                    -> tasks in a Label Studio, one project an annotator and pass
pull        what was submitted there    -> dataset/annotations
backup      all that people did there   -> one file
restore     such a file                 -> a Label Studio
collect     Label Studio's export files -> dataset/annotations
suggestions      how good are the suggestions that annotators get?
progress    how far annotators are
qualify     may an annotator begin?
check       is all of it right?
fix        what is certainly wrong in it, put right
agree       how far do annotators agree?
adjudicate  what they agree on          -> dataset/adjudicated
split       train, validation, test     -> splits/
leaks       what of one collection of texts is in another, or of our splits?
build       all of it                   -> dataset/release, which datasets.load_dataset reads
diff        what differs between two versions
release     a version: checked, compared, stamped, tagged
yank        a version that should not be used any more
takedown    an article without its words, from now on
publish     dataset/release             -> the Hugging Face Hub, one commit and one tag a version
hydrate     a release without texts     -> with the texts, from your own copies
dehydrate   and without them again
export      a release                   -> JSON Lines, brat, CoNLL, UIMA XMI, spaCy
baseline    a baseline's predictions
score       how good are a system's predictions?
demo        the whole way, on the project's own corpus
"""

__version__ = "0.1.0"

/** Where the corpora that tasks ask for come from, and under which terms; told to who has not registered one. */
export interface KnownCorpus {
  /** What to register. */
  readonly holds: string
  readonly from: string
  readonly licence: string
}

export const knownCorpora: Readonly<Record<string, KnownCorpus>> = {
  'wikitext-2': {
    holds: 'a folder with train.txt, valid.txt and test.txt',
    from: 'word_language_model/data/wikitext-2 of github.com/pytorch/examples',
    licence: 'CC BY-SA 3.0',
  },
  enwik8: {
    holds: 'enwik8 or the first bytes of it, one file',
    from: 'mattmahoney.net/dc/enwik8.zip',
    licence: 'GFDL 1.2, since 2009 also CC BY-SA 3.0',
  },
  tinystories: {
    holds: 'TinyStories-train.txt or a sample of it, one file',
    from: 'huggingface.co/datasets/roneneldan/TinyStories',
    licence: 'CDLA-Sharing-1.0',
  },
  gutenberg: {
    holds: 'a folder of books, one .txt file each, best without the header and footer of Project Gutenberg',
    from: 'gutenberg.org',
    licence: 'books in the public domain in the USA; Project Gutenberg’s own licence for files with its header',
  },
  lambada: {
    holds: 'a folder with lambada_test.jsonl, lambada_test_plain_text.txt and lambada_development_plain_text.txt',
    from: 'zenodo.org (LAMBADA), and for the .jsonl OpenAI’s detokenised copy',
    licence: 'CC BY 4.0',
  },
  blimp: {
    holds: 'a folder with the 67 .jsonl files of data/',
    from: 'github.com/alexwarstadt/blimp',
    licence: 'CC BY 4.0',
  },
  scan: {
    holds: 'a folder with simple_split, length_split and add_prim_split',
    from: 'github.com/brendenlake/SCAN',
    licence: 'BSD',
  },
  cogs: {
    holds: 'a folder with train.tsv, dev.tsv, test.tsv and, for generalization, gen.tsv',
    from: 'data/ of github.com/najoungkim/COGS',
    licence: 'MIT',
  },
  babi: {
    holds: 'the folder tasks_1-20_v1-2 (en, en-10k)',
    from: 'the bAbI page of research.facebook.com; its generator is github.com/facebookarchive/bAbI-tasks',
    licence: 'CC BY 3.0 for the text, BSD for the generator',
  },
}

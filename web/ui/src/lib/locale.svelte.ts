// Language of the console. Texts stand beside the pages they belong to, both languages in one
// file (src/words): a text that lacks in one of them, or is left over, fails the build.

export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

/** A text, or a function that makes one of values. Functions must be the same in both languages. */
type Text = string | readonly string[] | ((...values: never[]) => string) | { readonly [key: string]: Text };
type Same<T> = { readonly [K in keyof T]: T[K] extends string ? string : T[K] extends (...v: infer V) => string ? (...v: V) => string : Same<T[K]> };

const storageKey = 'itms.language';

function preferred(): Language {
  const kept = localStorage.getItem(storageKey);
  if (kept === 'en' || kept === 'zh') return kept;
  return navigator.languages.some((tag) => tag.startsWith('zh')) && !navigator.language.startsWith('en') ? 'zh' : 'en';
}

class Locale {
  language = $state<Language>(preferred());

  /** tag is the BCP 47 tag of the language, for dates, numbers and the page itself. */
  get tag(): string {
    return this.language === 'zh' ? 'zh-CN' : 'en-GB';
  }

  choose(language: Language): void {
    this.language = language;
    localStorage.setItem(storageKey, language);
  }
}

export const locale = new Locale();

/** catalogue returns a function that gives the texts in the language of the moment. */
export function catalogue<const T extends { readonly [key: string]: Text }>(en: T, zh: NoInfer<Same<T>>): () => Same<T> {
  return () => (locale.language === 'zh' ? zh : (en as unknown as Same<T>));
}

/** word looks a name of the API up in a table of texts; one that is new to this console is shown as it is. */
export function word(table: { readonly [key: string]: string }, name: string | undefined): string {
  return name === undefined ? '' : (table[name] ?? name);
}

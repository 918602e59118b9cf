import type { Mistake } from '../../../lib/field/label';
import { field } from '../../../words/field';

/** mistakeText says what is wrong with what was typed. */
export function mistakeText(mistake: Mistake): string {
  const texts = field().mistakes;
  switch (mistake.kind) {
    case 'digits':
      return texts.digits(mistake.have, mistake.want);
    case 'length':
      return texts.length(mistake.have, mistake.want);
    case 'address':
      return texts.address;
  }
  return texts.check;
}

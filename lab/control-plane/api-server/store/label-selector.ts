import { badRequest } from '#lab/control-plane/api-server/status-error.ts';

export type Matcher<T> = (value: T) => boolean;

type Labels = Record<string, string>;

/**
 * The matcher of a label selector in its query form: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`,
 * joined by commas. Throws StatusError 400.
 */
export function parseLabelSelector(selector: string): Matcher<Labels> {
  const requirements = splitOutsideParentheses(selector).map((text) => parseRequirement(text.trim(), selector));
  return (labels) => requirements.every((matches) => matches(labels));
}

function splitOutsideParentheses(selector: string): string[] {
  if (selector.trim() === '') return [];
  return selector.split(/,(?![^(]*\))/);
}

const KEY = '[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?';
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EQUALITY = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*([A-Za-z0-9._-]*)$`);
const EXISTENCE = new RegExp(`^(!?)\\s*(${KEY})$`);

function parseRequirement(text: string, selector: string): Matcher<Labels> {
  const set = SET.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    const included = (labels: Labels) => labels[key] !== undefined && values.has(labels[key]);
    return operator === 'in' ? included : (labels) => !included(labels);
  }
  const equality = EQUALITY.exec(text);
  if (equality) {
    const [, key = '', operator, value] = equality;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const existence = EXISTENCE.exec(text);
  if (existence) {
    const [, negation, key = ''] = existence;
    return (labels) => (labels[key] !== undefined) === (negation === '');
  }
  throw badRequest(`unable to parse requirement: found '${text}' in selector "${selector}"`);
}

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { openApiDocument } from '../../src/http/contract/document.js';

interface Content {
  readonly schema: object;
}

interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { responses: Record<string, { content?: Record<string, Content> }> }>>>
  >;
}

const DOCUMENT = openApiDocument() as Document;
const PROBLEM_TYPE = 'application/problem+json';
const LINES_TYPE = 'application/x-ndjson';
/** What any route may answer on a bad day. */
const ALWAYS = [429, 500, 503];

const ajv = new Ajv2020({ strict: false, allErrors: true, discriminator: true });
ajvFormats.default(ajv);
ajv.addSchema(DOCUMENT, 'contract');

const validators = new Map<string, ValidateFunction>();

/** The check of one schema of the contract, by where it stands there. */
function validator(...place: readonly string[]): ValidateFunction {
  const pointer = place.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).map(encodeURIComponent);
  const ref = `contract#/${pointer.join('/')}`;
  const known = validators.get(ref) ?? ajv.compile({ $ref: ref });
  validators.set(ref, known);
  return known;
}

const patterns = Object.keys(DOCUMENT.paths)
  // A name that stands in the path itself comes before one that a parameter takes.
  .sort((a, b) => a.split('{').length - b.split('{').length)
  .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`) }));

export interface AnswerSeen {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

/** What an answer has that the written contract does not say, in words; empty when it is as written. */
export function contractBreaches({ method, path: asked, status, type, text }: AnswerSeen): string[] {
  const [pathname = ''] = asked.split('?');
  const path = patterns.find(({ pattern }) => pattern.test(pathname))?.path;
  const responses = path === undefined ? undefined : DOCUMENT.paths[path]?.[method.toLowerCase()]?.responses;
  const media = type?.split(';')[0] ?? '';
  const isProblem = responses?.[status]?.content?.['application/json'] === undefined;
  if (status >= 400 && isProblem) {
    const written = responses === undefined || ALWAYS.includes(status) || responses[status] !== undefined;
    return [
      ...(written ? [] : [`The contract names no ${status} of ${method} ${path}`]),
      ...(media === PROBLEM_TYPE ? [] : [`${status} comes as ${media}`]),
      ...errorsOf(validator('components', 'schemas', 'Problem'), JSON.parse(text)),
    ];
  }
  if (path === undefined || responses === undefined) return [];
  const response = responses[status];
  if (response === undefined) return [`The contract names no ${status} of ${method} ${path}`];
  if (media === LINES_TYPE) {
    const event = validator('components', 'schemas', 'Event');
    return text.split('\n').flatMap((line) => (line === '' ? [] : errorsOf(event, JSON.parse(line))));
  }
  if (response.content === undefined) return [];
  if (response.content[media] === undefined) return [`The contract names no ${media} of ${method} ${path}`];
  if (media !== 'application/json') return [];
  const place = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', media, 'schema'];
  return errorsOf(validator(...place), JSON.parse(text));
}

const errorsOf = (validate: ValidateFunction, value: unknown): string[] =>
  validate(value)
    ? []
    : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);

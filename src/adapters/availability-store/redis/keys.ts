import type { Sku } from '../../../domain/values/identifiers.js';
import { DOCUMENT_VERSION } from '../document.js';

/**
 * The keys of one read model, all in one hash slot. Documents and references have short keys, of
 * which there are many: the tag, the name of their generation, and what they are about.
 */
export class ModelKeys {
  private readonly tag: string;
  /** State of the generation that answers. */
  readonly live: string;
  /** State of the generation that is being built beside it. */
  readonly next: string;
  /** The rebuild under way, or the last one, for people to look at. */
  readonly rebuild: string;
  /** The instance that builds. */
  readonly builder: string;
  /** Counts generations, so that no name comes again while its documents may still be there. */
  readonly generations: string;
  /** There while generations that nobody reads any more wait to be removed. */
  readonly unswept: string;
  /** The channel on which saves are told. */
  readonly saves: string;

  /** @param prefix parts the read models that share a Redis */
  constructor(prefix: string) {
    this.tag = `{sf${DOCUMENT_VERSION}:${prefix}}`;
    this.live = `${this.tag}:live`;
    this.next = `${this.tag}:next`;
    this.rebuild = `${this.tag}:rebuild`;
    this.builder = `${this.tag}:builder`;
    this.generations = `${this.tag}:generations`;
    this.unswept = `${this.tag}:unswept`;
    this.saves = `${this.tag}:saves`;
  }

  /** What the key of every document of a generation begins with; its SKU follows. */
  documents(generation: string): string {
    return `${this.tag}${nameOf(generation)}:`;
  }

  document(generation: string, sku: Sku): string {
    return this.documents(generation) + sku;
  }

  reference(generation: string, reference: string): string {
    return `${this.tag}${nameOf(generation)}@${reference}`;
  }

  /** For SCAN: every key of the model, or the documents of one generation. */
  pattern(generation?: string): string {
    const start = generation === undefined ? this.tag : this.documents(generation);
    return `${start.replace(/[\\[\]*?]/g, '\\$&')}*`;
  }

  /** The name of the generation that a document or reference belongs to; undefined for other keys. */
  nameIn(key: string): string | undefined {
    return /^([0-9a-z]+)[:@]/.exec(key.slice(this.tag.length))?.[1];
  }
}

/**
 * A generation is its short name, which is part of its keys, and something random: a model that was lost may be begun
 * anew under the same name, and whoever knew the old one must not take it for that.
 */
export const generationOf = (name: string, random: string): string => `${name}.${random}`;
export const nameOf = (generation: string): string => generation.slice(0, generation.indexOf('.'));

import { ConfigurationServiceClientCredentialFactory } from 'botbuilder';

type Create = ConfigurationServiceClientCredentialFactory['createCredentials'];

/**
 * The bot's credentials, made once for each audience. botbuilder asks for them in every turn, on the way in and on the way out, and making those of a
 * managed identity takes longer than the rest of the turn.
 */
export class LastingCredentials extends ConfigurationServiceClientCredentialFactory {
  readonly #made = new Map<string, ReturnType<Create>>();

  override createCredentials(...given: Parameters<Create>): ReturnType<Create> {
    const key = JSON.stringify(given);
    const made = this.#made.get(key) ?? super.createCredentials(...given);
    this.#made.set(key, made);
    made.catch(() => this.#made.delete(key));
    return made;
  }
}

/** The device profiles that the instances of one configuration ask for, each read once and only when asked for. */

import { ProfileFiles } from "./profile-file.ts";
import { type LoadedProfile, listProfileIdsOf, loadProfile } from "./profiles.ts";

/** Hands out profiles by their id. */
export class ProfileShelf {
  readonly #folders: readonly string[];
  readonly #files = new ProfileFiles();
  readonly #taken = new Map<string, LoadedProfile | undefined>();

  /** `folders` are searched in order. */
  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** Gives a profile, or what is wrong with it; undefined when there is none of that id. */
  take(id: string): LoadedProfile | undefined {
    if (!this.#taken.has(id)) this.#taken.set(id, loadProfile(id, this.#folders, this.#files));
    return this.#taken.get(id);
  }

  /** Lists the ids of the profiles of one protocol. */
  idsOf(protocol: string): readonly string[] {
    return listProfileIdsOf(protocol, this.#folders);
  }
}

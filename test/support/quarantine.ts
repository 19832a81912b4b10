/** A quarantine beside a database, whose clock stands still. */

import { epochMillis } from "../../src/model/time.ts";
import { Quarantine, quarantineOf } from "../../src/platform/quarantine.ts";

/** Makes a quarantine for the database in `folder`; leaving out `notice` means that nobody listens. */
export function quarantineFor(folder: string, notice: (what: string) => void = () => undefined): Quarantine {
  return new Quarantine({ folder: quarantineOf(folder), now: () => epochMillis(0), freeBytesMin: 0, notice });
}

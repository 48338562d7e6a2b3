#!/usr/bin/env python3
"""Labelled images: one tree, written down here, in every filesystem and archive by the tools that makers use. Every file
comes back with its digest, every byte is explained, nothing else is there, and two looks print the same bytes.

usage: labelled-test.py (environment: AKASHI_PROGRAM, AKASHI_SOURCE_ROOT)

What the tools do not keep (FAT: modes, links) is left out of the tree for them. Where a tool is missing, its images are
skipped.
"""
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.environ["AKASHI_PROGRAM"]
sys.path.insert(0, str(pathlib.Path(os.environ["AKASHI_SOURCE_ROOT"]) / "tests/lab"))
sys.dont_write_bytecode = True
from tap import Tap  # noqa: E402

NOISE = random.Random(20261128).randbytes(70001)

# path: what it holds; text in "->" is a link's target, None a folder
TREE = {
    "bin/tool": (0o755, b"\x7fELF\2\1\1" + NOISE[:5000]),
    "bin/sh": "->tool",
    "etc/passwd": (0o644, "root:x:0:0:root:/root:/bin/sh\n"),
    "etc/shadow": (0o600, "root:*:1:0:9:7:::\n"),
    "etc/config/network": (0o644, "config interface 'lan'\n\toption proto 'static'\n"),
    "etc/empty": (0o644, ""),
    "lib/large.bin": (0o644, NOISE),
    "lib/page.bin": (0o644, NOISE[:4096]),
    "lib/text": (0o644, "the same line\n" * 3000),
    "www/index.html": (0o644, "<html><body>hello</body></html>\n"),
    "www/a name with spaces": (0o644, "spaces\n"),
    "www/\u65e5\u672c\u8a9e": (0o644, "\u540d\u524d\n"),
    "deep/a/b/c/d/e/f/file": (0o644, "deep\n"),
    "var/run": None,
    "root/.profile": (0o644, "umask 022\n"),
} | {f"many/file-{number:02}": (0o644, f"number {number}\n" * number) for number in range(1, 21)}

MKE2FS = "truncate -s 4M image; mke2fs -q -F -O ^has_journal -d root "
COPY = "; (cd root; for f in *; do mcopy -s -Q -i ../image \"$f\" ::/; done)"
PLAIN = ("modes", "links")  # what FAT does not keep
FIT = '/dts-v1/; / { description = "t"; #address-cells = <1>; images { a { data = /incbin/("inner"); type = "ramdisk"; ' \
      'arch = "arm"; os = "linux"; compression = "none"; hash { algo = "sha256"; }; }; }; configurations ' \
      '{ default = "c"; c { ramdisk = "a"; }; }; };'
SQUASH = "mksquashfs root image -noappend -no-progress -all-root >/dev/null -comp "
DISK = "dd if=inner of=image bs=512 seek=%d conv=notrunc status=none"
TABLE = "printf '%s' | sfdisk -q image >/dev/null; "
UBI = "printf '[a]\\nmode=ubi\\nimage=inner\\nvol_id=0\\nvol_type=dynamic\\nvol_name=root\\n' >ini; "

# name: (programs, command that makes "image" of the folder "root", what is not kept)
IMAGES = {
    "squashfs-gzip": ("mksquashfs", SQUASH + "gzip", ()),
    "squashfs-xz": ("mksquashfs", SQUASH + "xz", ()),
    "squashfs-zstd": ("mksquashfs", SQUASH + "zstd", ()),
    "squashfs-lzo": ("mksquashfs", SQUASH + "lzo", ()),
    "squashfs-lzma": ("mksquashfs", SQUASH + "lzma", ()),
    "squashfs-lz4": ("mksquashfs", SQUASH + "lz4", ()),
    "cramfs": ("mkfs.cramfs", "mkfs.cramfs root image", ()),
    "cramfs-big": ("mkfs.cramfs", "mkfs.cramfs -N big root image", ()),
    "romfs": ("genromfs", "genromfs -d root -f image", ("modes",)),
    "jffs2-little": ("mkfs.jffs2", "mkfs.jffs2 -l -r root -e 64KiB -p -o image", ()),
    "jffs2-big": ("mkfs.jffs2", "mkfs.jffs2 -b -n -r root -e 128KiB -p -o image", ()),
    "ubifs": ("mkfs.ubifs", "mkfs.ubifs -m 2048 -e 124KiB -c 100 -r root -o image", ()),
    "ubi": ("mkfs.ubifs ubinize", "mkfs.ubifs -m 512 -e 15360 -c 200 -r root -o inner; " + UBI +
            "ubinize -Q 7 -p 16KiB -m 512 -o image ini", ()),
    "ubi-static": ("mksquashfs ubinize", SQUASH + "xz; mv image inner; " + UBI.replace("dynamic", "static") +
                   "ubinize -p 128KiB -m 2048 -s 512 -o image ini", ()),
    "ext2-genext2fs": ("genext2fs", "genext2fs -b 4096 -d root image", ()),
    "ext4": ("mke2fs", MKE2FS + "-t ext4 image", ()),
    "ext3-1k": ("mke2fs", MKE2FS + "-t ext3 -b 1024 image", ()),
    "fat12": ("mformat mcopy", "mformat -C -i image -f 1440 ::" + COPY, PLAIN),
    "fat16": ("mkfs.fat mcopy", "mkfs.fat -F 16 -C image 20000 >/dev/null" + COPY, PLAIN),
    "fat32": ("mkfs.fat mcopy", "mkfs.fat -F 32 -s 1 -C image 40000 >/dev/null" + COPY, PLAIN),
    "iso": ("genisoimage", "genisoimage -quiet -R -o image root", ()),
    "initramfs": ("cpio", "cd root; find . | cpio --quiet -o -H newc | gzip -n >../image", ()),
    "tar": ("tar", "tar --format=gnu -C root -cf image .", ()),
    "zip": ("zip", "cd root; zip -q -y -r ../image.zip .; mv ../image.zip ../image", ()),
    "7z": ("7zz", "cd root; 7zz a -bd -bso0 -snl ../image.7z . >/dev/null; mv ../image.7z ../image", ()),
    "uimage": ("mkimage mksquashfs", SQUASH + "xz; mv image inner; mkimage -A arm -O linux -T filesystem -C none -n t "
               "-d inner image >/dev/null", ()),
    "fit-aligned": ("mkimage dtc mksquashfs", SQUASH + f"gzip; mv image inner; printf '%s' '{FIT}' >fit.its; "
                    "mkimage -E -B 0x1000 -f fit.its image >/dev/null 2>&1", ()),
    "dfu": ("dfu-suffix mksquashfs", SQUASH + "xz; dfu-suffix -v 0483 -p df11 -a image >/dev/null", ()),
    "ihex": ("objcopy mksquashfs", SQUASH + "xz; mv image inner; objcopy -I binary -O ihex inner image", ()),
    "srec": ("objcopy mksquashfs", SQUASH + "xz; mv image inner; objcopy -I binary -O srec inner image", ()),
    "android-sparse": ("img2simg mksquashfs", SQUASH + "xz; mv image inner; truncate -s %4096 inner; img2simg inner image", ()),
    "mbr": ("sfdisk mksquashfs mkfs.fat", SQUASH + "xz; mv image inner; truncate -s 32M image; " +
            TABLE % "label: dos\\nstart=2048,size=20480,type=c\\nstart=40000,type=83\\n" + DISK % 40000 +
            "; mkfs.fat --offset 2048 image 10240 >/dev/null", ()),
    "gpt": ("sfdisk mksquashfs", SQUASH + "xz; mv image inner; truncate -s 32M image; " +
            TABLE % "label: gpt\\nstart=2048,size=20480\\nstart=40000\\n" + DISK % 40000, ()),
    "gzip-bzip2": ("gzip bzip2 mksquashfs", SQUASH + "xz; gzip -n image; bzip2 image.gz; mv image.gz.bz2 image", ()),
    "fit": ("mkimage dtc mksquashfs", SQUASH + f"gzip; mv image inner; printf '%s' '{FIT}' >fit.its; mkimage -f fit.its image "
            ">/dev/null 2>&1", ()),
    "deb": ("dpkg-deb", "mkdir root/DEBIAN; printf 'Package: t\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@x>\\n"
            "Description: t\\n' >root/DEBIAN/control; dpkg-deb --root-owner-group -b root image.deb >/dev/null; rm -r root/DEBIAN; "
            "mv image.deb image", ()),
}


def plant(folder, lost):
    for path, given in TREE.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if given is None:
            place.mkdir()
        elif isinstance(given, str):
            if "links" not in lost:
                place.symlink_to(given[2:])
        else:
            mode, data = given
            place.write_bytes(data.encode() if isinstance(data, str) else data)
            place.chmod(mode)


def wanted(lost):
    """{path: (type, mode or None, digest or target)}"""
    tree = {}
    for path, given in TREE.items():
        for parent in pathlib.PurePosixPath(path).parents:
            if str(parent) != ".":
                tree["/" + str(parent)] = ("folder", None, None)
        if given is None:
            tree["/" + path] = ("folder", None, None)
        elif isinstance(given, str):
            if "links" not in lost:
                tree["/" + path] = ("link", None, given[2:])
        else:
            mode, data = given
            data = data.encode() if isinstance(data, str) else data
            tree["/" + path] = ("file", None if "modes" in lost else mode, hashlib.sha256(data).hexdigest())
    return tree


def look(image):
    done = subprocess.run([PROGRAM, "firmware", "--no-cache", image, "--format", "json", "--lang", "en"], capture_output=True, check=False,
                          timeout=300)
    return done.stdout


def found(result, lost):
    """As wanted(), of what was found in the innermost filesystem; metadata of packages apart."""
    tree = {}
    for entry in result["files"]:
        steps = entry["node"].split("!")
        path = steps[-1]
        if any("control.tar" in step for step in steps) or path.startswith("/debian-binary") or path == "/lost+found" \
                or path.startswith("/data.tar") or path.startswith("/control.tar"):
            continue
        mode = entry.get("mode") if entry["type"] == "file" and "modes" not in lost else None
        tree[path] = (entry["type"], mode, entry.get("sha256") if entry["type"] == "file" else entry.get("target"))
    return tree


def check(tap, name, programs, command, lost, top):
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    missing = [p for p in programs.split() if shutil.which(p, path=path) is None]
    if missing:
        return tap.skip(name, f"{missing[0]} is not installed")
    folder = pathlib.Path(top, name)
    (folder / "root").mkdir(parents=True)
    plant(folder / "root", lost)
    made = subprocess.run(["sh", "-ec", command], cwd=folder, env=os.environ | {"PATH": path, "MTOOLS_SKIP_CHECK": "1"},
                          capture_output=True, text=True, check=False)
    if made.returncode != 0 or not (folder / "image").exists():
        return tap.ok(f"{name}: is made", False, made.stderr)
    first, second = look(folder / "image"), look(folder / "image")
    shutil.rmtree(folder)
    result = json.loads(first)
    got, want = found(result, lost), wanted(lost)
    wrong = [f"{p}: {got.get(p)}, not {want.get(p)}" for p in sorted(set(got) | set(want)) if got.get(p) != want.get(p)]
    tap.ok(f"{name}: {len(want)} entries as written down", not wrong, *wrong[:10])
    tap.ok(f"{name}: every byte is explained", result["complete"], result.get("coverage"),
           [r for r in result["regions"] if r.get("cut") or r.get("unknown")])
    return tap.ok(f"{name}: a second look prints the same", first == second)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="akashi-labelled-") as top:
        for name, (programs, command, lost) in IMAGES.items():
            check(tap, name, programs, command, lost, top)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())

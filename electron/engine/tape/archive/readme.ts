import type { TapeIdentity } from './documents.ts';

/** README.txt on every tape: how to get the data back with nothing but stock tools. */
export function tapeReadme(tape: TapeIdentity): string {
  return `This tape was written by Reelvault. Its data can be read without Reelvault, with mt, tar, sha256sum and cat.

Tape     ${tape.label}
Barcode  ${tape.barcode}
UUID     ${tape.uuid}

WHAT IS ON IT
Every tape file is a plain tar archive (ustar, 256 KiB records) and ends with one filemark.
  tape file 0   this label: tape.json, README.txt
  tape file 1   the media set this tape belongs to, and its number in it: set.json
  then          (from the second tape of a set on) what the earlier tapes hold: PREVCAT...
  then          per job session: data files (slices of backup files, MANIFEST..., SHA256SUMS...), after the data of a
                restore point its description (POINT...), and at the end of the session its catalogue (SESSION...)
  last          on a full tape its whole catalogue: TAPEEND...
In names, t002.f00007 means tape 2 of the set, tape file 7.
A backup file is cut into slices of at most 64 MiB. They are named
  <machine>/<backup file>.slices/<number of the slice>-of-<how many there are>
so that in the order of their names they are the file. Slices of one file may lie on several tapes of the set.

GET EVERYTHING BACK (Linux; the drive is /dev/nst0, the non-rewinding device)
In an empty directory with enough space:

  tape=/dev/nst0
  rm -f damaged.txt
  mt -f $tape rewind
  mt -f $tape setblk 0
  mt -f $tape eod
  files=$(mt -f $tape status | sed -n 's/.*[Ff]ile number *= *\\([0-9][0-9]*\\).*/\\1/p')
  number=0
  while [ "$number" -lt "\${files:?the drive does not tell how many tape files there are}" ]; do
    mt -f $tape asf $number
    { dd if=$tape bs=256k || echo "$number" >> damaged.txt; } | tar -b 512 -xf - || echo "$number" >> damaged.txt
    number=$((number + 1))
  done
  echo "$number tape files read"
  [ ! -s damaged.txt ] || { echo "damaged tape files:"; sort -nu damaged.txt; false; }

Every tape file is read whatever became of those before it; damaged ones are told at the end.
Do the same, in the same directory, with every tape of the set, in the order of their numbers (set.json). Then:

  sha256sum --quiet -c SHA256SUMS.*
  find . -type d -name '*.slices' | while read -r d ; do cat "$d"/* > "\${d%.slices}" ; done
  sha256sum -c FILES.*.sha256

The first line checks every slice, the last one every whole backup file of a finished restore point. A file that no
FILES... lists belongs to a restore point that was never finished. POINT...json tells what each backup file is.

GET ONE RESTORE POINT BACK
SLICES...jsonl beside its POINT...json lists, per run of slices, tapeUuid and tapeFile. For each tape file N:

  mt -f /dev/nst0 asf N
  tar -b 512 -xf /dev/nst0

then sha256sum and cat as above. An increment needs the file of its parent as well: the restore point whose uuid is
parentPointUuid, in the file that parentFileUuid names.
`;
}

//! Listings as servers write them.

/// One line of a listing, with its end.
pub(crate) type Line = fn(usize) -> String;

pub(crate) fn proftpd(index: usize) -> String {
    let (day, size) = (index % 28 + 1, index * 37);
    format!(
        "modify=202601{day:02}103000;perm=adfrw;size={size};type=file;unique=802U{index:X};UNIX.group=1000;\
         UNIX.groupname=users;UNIX.mode=0644;UNIX.owner=1000;UNIX.ownername=alice; file-{index:06}.txt\r\n"
    )
}

pub(crate) fn pureftpd(index: usize) -> String {
    let (day, size) = (index % 28 + 1, index * 37);
    format!(
        "type=file;size={size};modify=202601{day:02}103000;UNIX.mode=0644;UNIX.uid=1000;UNIX.gid=1000;\
         unique=fd01g{index:x}; file-{index:06}.txt\r\n"
    )
}

pub(crate) fn unix(index: usize) -> String {
    let (day, size) = (index % 28 + 1, index * 37);
    format!("-rw-r--r--   1 alice    users    {size:8} Jan {day:2} 10:30 file-{index:06}.txt\r\n")
}

pub(crate) fn iis(index: usize) -> String {
    let (day, size) = (index % 28 + 1, index * 37);
    format!("01-{day:02}-26  10:30AM {size:>20} file-{index:06}.txt\r\n")
}

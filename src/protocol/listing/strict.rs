//! A line of which one column is wrong is not of its format: no entry is better than one that is half right.

use super::*;

/// 2026-06-15 12:00.
const NOW: Now = Now { seconds: 1_781_524_800, offset: None };

/// What a format makes of each line.
fn read(format: Format, text: &str) -> Vec<Line<'_>> {
    let mut parser = Parser::new(Some(format), NOW);
    let (mut lines, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((line, used)) = parser.next(rest, true) {
        lines.push(line);
        rest = &rest[used..];
    }
    lines
}

fn is_understood(format: Format, text: &str) -> bool {
    !matches!(read(format, text).last(), Some(Line::Entry(Entry { format: None, .. })))
}

fn entry(format: Format, line: &str) -> Entry<'_> {
    match read(format, line).pop() {
        Some(Line::Entry(entry)) if entry.format == Some(format) => entry,
        other => panic!("{format:?}: {line}: {other:?}"),
    }
}

/// Entries and notes. A word in `{}` must be there, and must be as it is. A word in `«»` may be missing.
#[rustfmt::skip]
const COLUMNS: &[(Format, &str)] = &[
    (Format::Chameleon, "{DESIGN1.DOC}     {11264}      {May} {11} {1995} {14:20}   «A»"),
    (Format::Chameleon, "{TESTDI~1}     {<DIR>}     {11-29-2004}  {22:16} Test Dir"),
    (Format::ClearPath, "A/B/C                   {SEQDATA}    {84} {03/08/1998}  {15:32}"),
    (Format::ClearPath, "          {6} Files     504 {Octets}"),
    (Format::ClearPath, "{Report} {for:} (UC)A ON PACK"),
    (Format::ConnectEnterprise, "{-C--E-----FTP} B BCC3I1       {7670}  {1294495} {Jan} {13} {07:42} name"),
    (Format::Guardian, "ALV           {101}             {2522} {27-Aug-02} {13:57:10} {155,106} {\"nnnn\"}"),
    (Format::Guardian, "{File}         {Code}             {EOF}  Last Modification    Owner  RWEP"),
    (Format::MacOs, "{-------r--}         {326}  {1391972}  {1392298} {Nov} {22}  {1995} MegaPhone.sit"),
    (Format::MacOs, "{drwxrwxr-x}               {folder}        {2} {May} {10}  {1996} network"),
    (Format::NetWare, "{d} [R----F--] supervisor            {512}       {Jan} {16} {18:53}    login"),
    (Format::Numeric, "{0100644}   {500}  {101}   {12345}    {123456789}       name"),
    (Format::Os2, "{587823}    «RSA»    «DIR»   {01-08-97}   {13:58}  OS2KRNL"),
    (Format::Os9, "{20.20} {07/03/29} {1026} {d-ewrewr} {2650} {85920} name"),
    (Format::Mpe, "           {1B}  {BA}         {605} {2147483647}   {1}       {16}  {1}  {*}  .sh_history"),
    (Format::Mpe, " {CODE}  ------------LOGICAL RECORD-----------  ----SPACE----  {FILENAME}"),
    (Format::Mpe, "         {SIZE}  {TYP}        {EOF}      LIMIT R/B  SECTORS #X MX"),
    (Format::Vos, "{w}      {1}  seq       {99-06-15} {13:11:39}  member_srv.error"),
    (Format::Vos, "{m}      {3}  {98-12-25} {16:14:58}  amano"),
    (Format::Vos, "{04-07-13} {21:15:43}  logs {->}  %descc#m2_d01>l3s>db"),
    (Format::Vos, "{Files:} {15}  Blocks: 29"),
    (Format::VShell, "{206876}  {Apr} {04,} {2000} {21:06} name"),
    (Format::VxWorks, "    {2048}    {Feb-28-1998}  {05:23:30}   config            <DIR>"),
    (Format::VxWorks, "  {size}          {date}       {time}       {name}"),
    (Format::VxWorks, "{--------}       {------}     {------}    {--------}"),
    (Format::WfFtp, "image.exe       {1014196}  {06/03/04}  {Thur.}   {10:20:03}"),
    (Format::Zvm, "{Filename} {FileType} Fm Format Lrecl"),
    (Format::Zvm, "README   ANONYMOU {V}         {71}         {26}          {1} {1997-04-02} {12:33:20} TCP291"),
    (Format::Zvm, "README   ANONYMOU «A1» {F}    {71}         {26}          {1} {1997-04-02} {12:33:20} TCP291"),
    (Format::Zvm, "AUTHORS           {DIR}        {-}          {-}          {-} {1999-09-20} {10:31:11} -"),
    (Format::Zvm, "{05/20/2000} {13:38:19} {F} 1 {65758} {'bfsline.cpy'}"),
    (Format::Vms, "CII-MANUAL.TEX;1  «213/216»  {29-JAN-1996} «03:33:12»  «[GROUP,OWNER]»   «(RWED,RWED,,)»"),
    (Format::Vms, "«Directory» DISK:[X]"),
    (Format::Vms, "{Total} of 3 files, 12/15 blocks"),
    (Format::Mvs, "{Volume} Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg {Dsname}"),
    (Format::Mvs, " {Name}     {VV.MM}   Created       Changed      Size  Init   Mod   Id"),
    (Format::Mvs, " {Name}      Size   {TTR}   Alias-of AC --------- Attributes --------- Amode Rmode"),
    (Format::Mvs, "{JOBNAME}  {JOBID}    OWNER    STATUS CLASS"),
    (Format::Mvs, "{No} {jobs} {found} on Held queue"),
    (Format::Mvs, "«F1DBAR» 3390   {2016/12/19}  «3»   «19»  {FB}      {80}  {3120}  {PO}  {CB12V51.CNTL}"),
    (Format::Mvs, "{F1SYS1} 3390                                        {VSAM} {NAME}"),
    (Format::Mvs, "«F1SYS1» {Migrated}                                        {NAME}"),
    (Format::Mvs, "NAME  {01.01} {2018/09/07} {2018/09/07} {03:52}    {13}    {13}     {0} USER"),
    (Format::Mvs, "NAME  {0009F0} {000A11} TEXTTR   {00} FO   31    ANY"),
    (Format::Mvs, "HISCONVT {JOB17459} MIAOCX   {OUTPUT} A        RC=0000 6 spool files"),
    (Format::IbmI, "PEP               {422} {04/03/24} {14:06:26} {*STMF}      readme"),
    (Format::Dos, "{04-27-00}  {12:09PM}       <DIR>          name"),
    (Format::Dos, "{04-27-00}  {12:09} «PM»    {9,730} name"),
    (Format::Dos, "       {12} {File(s)}     46,000 bytes"),
    (Format::Unix, "{drwxr-xr-x}   2 root     other        512 {Apr}  {8}  {1994} etc"),
];

/// The line with something else in place of each marked word in turn.
fn spoiled(columns: &str) -> Vec<String> {
    let begin = |at: usize| columns[at..].chars().next().is_some_and(|letter| "{«".contains(letter));
    let starts = (0..columns.len()).filter(|&at| columns.is_char_boundary(at) && begin(at));
    let lines = starts.flat_map(|start| {
        let (before, marked) = columns.split_at(start);
        let mark = marked.chars().next().unwrap();
        let (word, behind) = marked[mark.len_utf8()..].split_once(['}', '»']).unwrap();
        let mut wrong = vec!["|".to_owned(), format!("|{word}"), format!("{word}|")];
        if mark == '{' {
            wrong.push(String::new());
        }
        wrong.into_iter().map(move |wrong| plain(&format!("{before}{wrong}{behind}")))
    });
    lines.collect()
}

fn plain(columns: &str) -> String {
    columns.replace(['{', '}', '«', '»'], "")
}

#[test]
fn each_column_must_be_right() {
    let mut understood = Vec::new();
    for &(format, columns) in COLUMNS {
        let whole = plain(columns);
        assert!(is_understood(format, &whole), "{format:?}: {whole}");
        let lines = spoiled(columns).into_iter().map(|line| (format, line));
        understood.extend(lines.filter(|(format, line)| is_understood(*format, line)));
    }
    assert!(understood.is_empty(), "{understood:#?}");
}

/// What is wrong in another way.
#[rustfmt::skip]
const WRONG: &[(Format, &str)] = &[
    (Format::Chameleon, "LONGDESIGN1.DOC     11264      May 11 1995 14:20"),
    (Format::Chameleon, "DESIGN1.DOC     11264      May 11 1995 14:20   Attributes"),
    (Format::Chameleon, "DESIGN1.DOC     11264      May 11 1995 14:20   RHSARHSA"),
    (Format::Chameleon, "DESIGN1.DOC     11264      11-May-1995 14:20"),
    (Format::Chameleon, "DESIGN1.DOC     11264      May 11 1995 14:20:11"),
    (Format::ClearPath, "A/B/C  SEQ    84 03/08/1998  15:32"),
    (Format::ClearPath, "A/B/C  seqdata    84 03/08/1998  15:32"),
    (Format::ClearPath, "A/B/C  SEQDATA    84 03/08/98  15:32"),
    (Format::ClearPath, "A/B/C  SEQDATA    84 03/08/1998/1  15:32"),
    (Format::ClearPath, "A/B/C  SEQDATA    84 03/08/1998  15:32 x"),
    (Format::ConnectEnterprise, "AR--M-----TCP B ceunix      17570  2313708 Mar 29 08:56 name"),
    (Format::ConnectEnterprise, "-ar-m-----TCP B ceunix      17570  2313708 Mar 29 08:56 name"),
    (Format::ConnectEnterprise, "-AR--M----tcp B ceunix      17570  2313708 Mar 29 08:56 name"),
    (Format::ConnectEnterprise, "-AR--M----TCPS B ceunix      17570  2313708 Mar 29 08:56 name"),
    (Format::ConnectEnterprise, "-AR--M----TCP BB ceunix      17570  2313708 Mar 29 08:56 name"),
    (Format::MacOs, "-------r--  1  18446744073709551615  18446744073709551615 Nov 22  1995 x"),
    (Format::MacOs, "-------r--  0  18446744073709551615  18446744073709551616 Nov 22  1995 x"),
    (Format::MacOs, "-------r--  0  a1  a1 Nov 22  1995 x"),
    (Format::NetWare, "- [] supervisor            512       Jan 16 18:53    login"),
    (Format::NetWare, "- [X] supervisor            512       Jan 16 18:53    login"),
    (Format::Mpe, "           1B  B         605 2147483647   1       16  1  *  x"),
    (Format::Mpe, "           1B  BINARY    605 2147483647   1       16  1  *  x"),
    (Format::Vos, "n      3  98-12-25 16:14:58  "),
    (Format::WfFtp, "image.exe       1014196  06/03/04  Th.   10:20:03"),
    (Format::WfFtp, "image.exe       1014196  06/03/04  Thur.   10:20:03 x"),
    (Format::Zvm, "README   ANONYMOU AA V         71         26          1 1997-04-02 12:33:20 TCP291"),
    (Format::Zvm, "README   ANONYMOU V         71         26          1 1997-04-02 12:33:20 TCP291 x"),
    (Format::Zvm, "AUTHORS  X Y      DIR        -          -          - 1999-09-20 10:31:11 -"),
    (Format::Zvm, "2000-05-20 13:38:19 F 1 65758 'bfsline.cpy'"),
    (Format::Zvm, "5/20/2000 13:38:19 F 1 65758 'bfsline.cpy'"),
    (Format::Vms, "A.TXT;1  2  29-JAN-1996 03:33:12  AB"),
    (Format::Vms, "A.TXT;1  2  29-JAN-1996 03:33:12  owner"),
    (Format::Vms, "A.TXT;1  2  29-JAN-1996 03:33:12  ONE TWO"),
    (Format::Vms, "A.TXT;1  2  29-JAN-1996 03:33:12  [ONE] TWO"),
    (Format::Vms, "A.TXT;1  OWNER  29-JAN-1996 03:33:12"),
    (Format::Vms, "A.TXT;1  2  03:33:12  29-JAN-1996"),
    (Format::Vms, "A.TXT;1  2  29-JAN-1996 03:33:12  [A] [B]"),
    (Format::Vms, "A.TXT;1  2  29-JAN-1996 03:33:12  (RWED,RWED,,) (RWED,RWED,,)"),
    (Format::Vms, "A.TXT;1  2  29-JAN-1996 03:33:12  (RWED,RWED,)"),
    (Format::Vms, "A.TXT;1  2  29-JANU-1996 03:33:12"),
    (Format::Vms, "A.TXT;1  2  29-J4N-1996 03:33:12"),
    (Format::Vms, "A.TXT;1  2  29-JAN-96 03:33:12"),
    (Format::Vms, "A.TXT;1  2  29-JAN-1996-1 03:33:12"),
    (Format::Vms, "[X]"),
    (Format::Vms, "DISK:[X"),
    (Format::Vms, "DISK:[A B]"),
    (Format::Vms, "Total of 7 things"),
    (Format::Vms, "Total of many files"),
    (Format::Mvs, "LONGVOL 3390   2016/12/19  3   19  FB      80  3120  PO  NAME"),
    (Format::Mvs, "F1DBAR 3390   2016/12/19  3   19  7   8 FB      80  3120  PO  NAME"),
    (Format::Mvs, "F1DBAR 3390   2016//19  3   19  FB      80  3120  PO  NAME"),
    (Format::Mvs, "F1DBAR 3390   2016/x2/19  3   19  FB      80  3120  PO  NAME"),
    (Format::Mvs, "F1DBAR 3390   2016/12/19/1  3   19  FB      80  3120  PO  NAME"),
    (Format::Mvs, "F1DBAR 3390   ****  3   19  FB      80  3120  PO  NAME"),
    (Format::Mvs, "F1DBAR 3390   **NONE  3   19  FB      80  3120  PO  NAME"),
    (Format::Mvs, "F1DBAR 3390   NONE**  3   19  FB      80  3120  PO  NAME"),
    (Format::Mvs, "F1DBAR 3390   2016/12/19  3   19  FBFBF      80  3120  PO  NAME"),
    (Format::Mvs, "F1DBAR 3390   2016/12/19  3   19  FX      80  3120  PO  NAME"),
    (Format::Mvs, "F1DBAR 3390   2016/12/19  3   19  FB      80  3120  PO  A..B"),
    (Format::Mvs, "F1DBAR 3390   2016/12/19  3   19  FB      80  3120  PO  A2345678901234567890.A2345678901234567890.A23"),
    (Format::Mvs, "F1SYS1 3390123     VSAM NAME"),
    (Format::Mvs, "F1SYS1 x3390     VSAM NAME"),
    (Format::Mvs, "TAPE VSAM NAME"),
    (Format::Mvs, "xMigrated                NAME"),
    (Format::Mvs, "LONGVOL Migrated                NAME"),
    (Format::Mvs, "NAME  01.01 2018/09/07 2018/9/07 03:52    13    13     0 USER"),
    (Format::Mvs, "NAME  01.01 2018/09/07 2018/09/7 03:52    13    13     0 USER"),
    (Format::Mvs, "NAME  01.01 2018/09/07 2018/09/07/1 03:52    13    13     0 USER"),
    (Format::Mvs, "NAME  01.01 2018/09/07 2018/09/07 03:52    13    13     0 USER x"),
    (Format::Mvs, "NAME  0009f0 000A11 TEXTTR   00 FO   31    ANY"),
    (Format::Mvs, "HISCONVT JOB123 MIAOCX   OUTPUT A        RC=0000 6 spool files"),
    (Format::Mvs, "MEMBER"),
    (Format::IbmI, "PEP               422 04/03/24 14:06:26 *stmf      readme"),
    (Format::IbmI, "PEP               422 04/03/24 24:06:26 *STMF      readme"),
    (Format::IbmI, "PEP               422 04/03/24 14:60:26 *STMF      readme"),
    (Format::IbmI, "PEP               422 04/03/24 14:06:60 *STMF      readme"),
    (Format::Dos, "many File(s)     46,000 bytes"),
    (Format::Unix, "-rw-r--r--   1 root     other        531 x1z 29 03:26 README"),
    (Format::Unix, "-rw-r--r--   1 root     other        531 x 29 03:26 README"),
];

#[test]
fn what_is_nearly_of_a_format_is_not_understood() {
    for &(format, line) in WRONG {
        assert!(!is_understood(format, line), "{format:?}: {line}");
    }
}

/// Only the name is missing, or what is left of it where the line says what is no part of it.
#[rustfmt::skip]
const NAMELESS: &[(Format, &str)] = &[
    (Format::Mlsd, "type=file;size=5; "),
    (Format::Eplf, "+i8388621.29609,m824255902,/,\t"),
    (Format::Vms, ";1  213/216  29-JAN-1996 03:33:12  [GROUP,OWNER]   (RWED,RWED,,)"),
    (Format::Mvs, "F1DBAR 3390   2016/12/19  3   19  FB      80  3120  PO  "),
    (Format::Mvs, "F1DBAR 3390   2016/12/19  3   19  FB      80  3120  PO  ''"),
    (Format::Zvm, "05/20/2000 13:38:19 F 1 65758 ''"),
    (Format::Zvm, "05/20/2000 13:38:19 D - - ''"),
    (Format::Zvm, "05/20/2000 13:38:19 F 1 65758 '"),
    (Format::Guardian, " 101             2522 27-Aug-02 13:57:10 155,106 \"nnnn\""),
    (Format::Mpe, "           1B  BA         605 2147483647   1       16  1  *  "),
    (Format::Mpe, "           1B  BA         605 2147483647   1       16  1  *  /"),
    (Format::Vos, "w      1  seq       99-06-15 13:11:39  "),
    (Format::Vos, "04-07-13 21:15:43   ->  %descc#m2_d01>l3s>db"),
    (Format::ClearPath, "  SEQDATA    84 03/08/1998  15:32"),
    (Format::MacOs, "-------r--         326  1391972  1392298 Nov 22  1995 "),
    (Format::Unix, "-rw-r--r--   1 root     other        531 Jan 29 03:26 "),
    (Format::Unix, "lrwxrwxrwx   1 root     other        531 Jan 29 03:26  -> target"),
    (Format::Dos, "04-27-00  12:09PM       <DIR>          "),
    (Format::NetWare, "d [R----F--] supervisor            512       Jan 16 18:53    "),
    (Format::ConnectEnterprise, "-C--E-----FTP B BCC3I1       7670  1294495 Jan 13 07:42 "),
    (Format::Os9, "20.20 07/03/29 1026 d-ewrewr 2650 85920 "),
    (Format::Numeric, "0100644   500  101   12345    123456789       "),
    (Format::VShell, "206876  Apr 04, 2000 21:06 "),
    (Format::VShell, "206876  Apr 04, 2000 21:06 /"),
    (Format::VxWorks, "    2048    Feb-28-1998  05:23:30   "),
    (Format::VxWorks, "    2048    Feb-28-1998  05:23:30      <DIR>"),
    (Format::WfFtp, "       1014196  06/03/04  Thur.   10:20:03"),
    (Format::Os2, "587823    A      01-08-97   13:58  "),
    (Format::Chameleon, "     11264      May 11 1995 14:20   A"),
];

#[test]
fn what_has_no_name_is_no_entry() {
    for &(format, line) in NAMELESS {
        assert!(!is_understood(format, line), "{format:?}: {line}");
    }
}

/// Lines behind others, which say what they are about.
#[test]
fn a_heading_takes_only_its_own_lines() {
    const MEMBERS: &str = " Name     VV.MM   Created       Changed      Size  Init   Mod   Id\n";
    const JOBS: &str = "JOBNAME  JOBID    OWNER    STATUS CLASS\n";
    const JOB: &str = "JOBNAME  JOBID    OWNER    STATUS CLASS\n--------\n";
    for (heading, line, is_of_it) in [
        (MEMBERS, "MEMBER@1", true),
        (MEMBERS, "MEMBER234", false),
        (MEMBERS, "member", false),
        (JOBS, "MEMBER", false),
        (JOBS, "--------", true),
        (JOBS, "------", false),
        (JOBS, " 001 STEP1", false),
        (JOB, "         001 STEP1", true),
        (JOB, "3 spool files", true),
        (JOB, "3 spoons", false),
        (JOB, "many spool files", false),
        (JOB, "MEMBER", false),
    ] {
        assert_eq!(is_understood(Format::Mvs, &format!("{heading}{line}")), is_of_it, "{heading}{line}");
    }
}

#[test]
fn a_line_tells_a_format_only_where_it_is_certain() {
    for (text, expected) in [
        ("QPGMR                                   *MEM       A.FILE/B.MBR\n", Some(Format::IbmI)),
        ("QPGMR                                   *PGM       A.PGM\n", None),
        ("A.TXT;1\n", None),
        // An entry of two lines counts for two lines, and no more.
        ("LONG-NAME.TXT;1\n    1/16  12-MAR-2005 08:44:57\n7  Apr 04, 2000 21:06 a\n", Some(Format::Vms)),
        (
            "LONG-NAME.TXT;1\n    1/16  12-MAR-2005 08:44:57\n7  Apr 04, 2000 21:06 a\n7  Apr 04, 2000 21:06 b\n7  Apr 04, 2000 21:06 c\n",
            Some(Format::VShell),
        ),
    ] {
        assert_eq!(decide(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn what_a_column_tells_is_taken_and_no_more() {
    let kind = |format, line: &str| entry(format, line).kind;
    assert_eq!(kind(Format::Eplf, "+/,r,\tx"), Kind::Directory);
    assert_eq!(kind(Format::Eplf, "+r,/,\tx"), Kind::Directory);
    assert_eq!(entry(Format::Eplf, "+i,r,\tx").unique, None);
    for device in ["0010600", "0020600", "060600", "0140600"] {
        assert_eq!(kind(Format::Numeric, &format!("{device} 0 0 0 123456789 x")), Kind::Other, "{device}");
    }

    let owner = |line: &'static str| entry(Format::NetWare, line).owner;
    assert_eq!(owner("-[R----F-]  1 raj           857 Feb 23  2000 x"), Some(&b"raj"[..]));
    assert_eq!(owner("-[R----F-]  2 raj           857 Feb 23  2000 x"), None, "no link count");

    let file = entry(Format::IbmI, "                  422 04/03/24 14:06:26 *STMF      readme");
    assert_eq!((file.owner, file.size), (None, Some(422)));

    let junction = entry(Format::Dos, "04-27-00  12:09PM    <JUNCTION>      [x]");
    assert_eq!((&*junction.name, junction.link_target), (&b" [x]"[..], None));
}

#[test]
fn an_owner_of_vms_is_known_where_its_bracket_is_whole() {
    let owner = |columns: &str| {
        let line = format!("A.TXT;1  2  29-JAN-1996 03:33:12  {columns}");
        let read = entry(Format::Vms, &line);
        let text = |name: Option<&[u8]>| name.map(|name| String::from_utf8_lossy(name).into_owned());
        (text(read.group), text(read.owner), read.mode)
    };
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(owner("[GROUP, OWNER]"), (name("GROUP"), name("OWNER"), None));
    assert_eq!(owner("[OWNER]"), (None, name("OWNER"), None));
    assert_eq!(owner("[]"), (None, None, None));
    assert_eq!(owner("[GROUP,]"), (name("GROUP"), None, None));
    assert_eq!(owner("[GROUP,OWN"), (name("GROUP"), None, None));
    assert_eq!(owner("[OWN"), (None, None, None));
    assert_eq!(owner("SYSTEM"), (None, name("SYSTEM"), None));
    assert_eq!(owner("(RWED,RRWWEED,RE,)"), (None, None, Some(0o750)));
}

#[test]
fn the_columns_of_unix_are_told_apart() {
    let name = |line: &str| String::from_utf8(entry(Format::Unix, line).name.into_owned()).unwrap();
    // Without a date: what looks like one stands before the size, or in the name.
    assert_eq!(name("drwxr-xr-x 3 slopri may 512 x"), "x");
    assert_eq!(name("drwxr-xr-x 3 slopri devlab 2026 x"), "x");
    assert_eq!(name("drwxr-xr-x 3 slopri devlab 512 one two three 2026"), "one two three 2026");
    // A device with its number in hexadecimal digits.
    assert_eq!(entry(Format::Unix, "crw-rw-rw- 1 root sys 0x4a Jan 29 03:26 tty").size, None);
    // A size that could be the year of the date behind it.
    let line = "-rw-r--r-- 1 root 500 2003 3\u{6708} 20 2005 x";
    assert_eq!((name(line).as_str(), entry(Format::Unix, line).size), ("x", Some(2003)));

    let day = |date: &str| {
        let line = format!("-rw-r--r-- 1 root other 531 {date} x");
        let read = entry(Format::Unix, &line);
        assert_eq!(&*read.name, b"x", "{line}");
        read.modified.map(|modified| modified.nanoseconds.div_euclid(86_400_000_000_000))
    };
    let days = |month, day| time::days(2026, month, day);
    for (date, expected) in [
        ("3 13 03:26", days(3, 13)),
        ("3 3 03:26", days(3, 3)),
        ("3 12 03:26", None),
        ("05-26 13:45", days(5, 26)),
        ("26-05 13:45", days(5, 26)),
        ("05-12 13:45", days(5, 12)),
        ("12-10 13:45", time::days(2025, 12, 10)),
        ("xyz 12 03:26", None),
        ("\u{444}\u{443}\u{431} 12 03:26", None),
        ("12 xyz 2025", None),
    ] {
        assert_eq!(day(date), expected, "{date}");
    }
}

/// Only the first line waits for others, and only where they tell its date.
#[test]
fn what_is_known_waits_for_nothing() {
    for (format, line) in [
        (Format::Dos, "04-27-00  12:09PM       <DIR>          x\n"),
        (Format::IbmI, "PEP               422 04/03/24 14:06:26 *STMF      x\n"),
    ] {
        let mut parser = Parser::new(Some(format), NOW);
        let text = line.repeat(100);
        assert_eq!(parser.next(&text.as_bytes()[..text.len() - 1], false), None, "{format:?}");
        let mut rest = text.as_bytes();
        for number in 1..=100 {
            let (_, used) = parser.next(rest, false).unwrap_or_else(|| panic!("{format:?}: line {number}"));
            rest = &rest[used..];
        }
    }
    let mut parser = Parser::new(Some(Format::IbmI), NOW);
    let member = "QPGMR                                   *MEM       A.FILE/B.MBR\n";
    assert!(parser.next(member.as_bytes(), false).is_some());
}

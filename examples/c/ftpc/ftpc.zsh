#compdef ftpc
# Completion of ftpc for zsh.

_ftpc_targets() {
  _alternative 'urls:URL:compadd -S "" ftp:// ftpes:// ftps://' 'files:file:_files'
}

local -a all files trees commands
all=(
  {-q,--quiet}'[no bar, and no summaries]'
  '*'{-v,--verbose}'[show the dialogue with the server]'
  '--netrc[passwords]:file:_files'
  '--cafile[authorities to trust]:file:_files'
  '--pin[public key of the server]:pin:'
  '--insecure[accept any certificate]'
  '--cert[certificate of this client]:file:_files'
  '--key[its key]:file:_files'
  '--active[the server opens the data connections]'
  '(-6)-4[IPv4 only]'
  '(-4)-6[IPv6 only]'
  '--retries[try again what may pass]:times:'
  '--limit-rate[bytes a second]:rate:'
  '--timeout[how long to wait]:seconds:'
  '(- *)--help[how it is called]'
  '(- *)--version[version]'
)
files=(
  {-j,--jobs}'[sessions at the same time]:number:'
  '--json[one JSON object a line]'
  {-c,--resume}'[continue what was begun]'
  '--verify[compare a hash]'
  '--no-replace[fail if the target is there]'
  '--keep-time[the time of the original]'
  '--ascii[text, with the line ends of this machine]'
)
trees=(
  {-j,--jobs}'[sessions at the same time]:number:'
  '--json[one JSON object a line]'
  {-c,--resume}'[continue what was begun]'
  '--dry-run[print the actions, and change nothing]'
  '*--include[what takes part]:pattern:'
  '*--exclude[what does not]:pattern:'
  '1:direction:(get put)'
  '--verify[compare a hash]'
  '--atomic[send to temporary names]'
)
commands=(
  'ls:list directories'
  'stat:show what is known of a path'
  'get:download files'
  'put:upload files'
  'cat:write files to standard output'
  'mirror:make a directory have all of another'
  'sync:make two directories equal'
  'rm:remove files'
  'mkdir:make directories'
  'mv:rename'
  'chmod:set modes'
)

local curcontext=$curcontext state line
_arguments -C $all '1:command:->command' '*::argument:->argument' && return

case $state in
  command) _describe -t commands command commands ;;
  argument)
    case $line[1] in
      ls) all+=('--json[JSON]' {-l,--long}'[modes, sizes, times]' {-a,--all}'[hidden names]' {-R,--recursive}'[what is below]') ;;
      get) all+=($files '--in-place[write the target itself]') ;;
      put) all+=($files '--atomic[send to a temporary name]' {-p,--make-dirs}'[make the directories above]') ;;
      cat) all+=('--ascii[text, with the line ends of this machine]') ;;
      mirror) all+=($trees '--delete[delete what the source lacks]') ;;
      sync) all+=($trees) ;;
      rm) all+=('--json[JSON]' {-r,--recursive}'[directories with all in them]') ;;
      mkdir) all+=('--json[JSON]' {-p,--parents}'[those above as well]') ;;
      stat | mv | chmod) all+=('--json[JSON]') ;;
    esac
    _arguments $all '*:target:_ftpc_targets'
    ;;
esac

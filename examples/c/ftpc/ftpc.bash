# Completion of ftpc for bash.

_ftpc_options() {
  local all='-q --quiet -v --verbose --netrc --cafile --pin --insecure --cert --key --active -4 -6 --retries --limit-rate --timeout --help'
  case $1 in
    ls) echo "$all --json -l --long -a --all -R --recursive" ;;
    get) echo "$all --json -j --jobs -c --resume --verify --no-replace --keep-time --in-place --ascii" ;;
    put) echo "$all --json -j --jobs -c --resume --verify --no-replace --keep-time --atomic -p --make-dirs --ascii" ;;
    cat) echo "$all --ascii" ;;
    mirror) echo "$all --json -j --jobs -c --resume --verify --atomic --dry-run --include --exclude --delete" ;;
    sync) echo "$all --json -j --jobs -c --resume --verify --atomic --dry-run --include --exclude" ;;
    rm) echo "$all --json -r --recursive" ;;
    mkdir) echo "$all --json -p --parents" ;;
    stat | mv | chmod) echo "$all --json" ;;
    *) echo "$all" ;;
  esac
}

_ftpc() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' i
  local commands='ls stat get put cat mirror sync rm mkdir mv chmod'
  COMPREPLY=()
  case $before in
    --netrc | --cafile | --cert | --key)
      compopt -o default
      return
      ;;
    -j | --jobs | --include | --exclude | --pin | --retries | --limit-rate | --timeout) return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ " $commands " == *" ${COMP_WORDS[i]} "* ]]; then
      command=${COMP_WORDS[i]}
      break
    fi
  done
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_ftpc_options "$command")" -- "$word")
  elif [[ $before == mirror || $before == sync ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'get put' -- "$word")
  elif [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
  else
    compopt -o default 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -W 'ftp:// ftpes:// ftps://' -- "$word")
    [[ ${COMPREPLY[0]-} == *:// ]] && compopt -o nospace 2>/dev/null
  fi
}

complete -F _ftpc ftpc

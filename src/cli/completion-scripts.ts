// What a shell has to be told once, so that it asks this program what may come next. Where that knows nothing, the shell offers files.

export const SHELLS = ["bash", "zsh", "fish"] as const;

const BASH = `_slipway() {
  local IFS=$'\\n'
  COMPREPLY=($(slipway complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ \${#COMPREPLY[@]} -gt 0 && \${COMPREPLY[0]} == */ ]] && compopt -o nospace
  return 0
}
complete -o default -F _slipway slipway
`;

const ZSH = `#compdef slipway
_slipway() {
  local -a found whole begun
  found=("\${(@f)$(slipway complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( \${#found} == 0 )); then
    _files
    return
  fi
  whole=(\${found:#*/})
  begun=(\${(M)found:#*/})
  (( \${#whole} )) && compadd -- "\${whole[@]}"
  (( \${#begun} )) && compadd -S '' -- "\${begun[@]}"
}
if [[ $funcstack[1] == _slipway ]]; then
  _slipway "$@"
else
  compdef _slipway slipway
fi
`;

const FISH = `function __slipway_complete
  set -l words (commandline -opc)
  slipway complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c slipway -a '(__slipway_complete)'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
};

# As completion.bash, for fish. Descriptions are left out.
for script in $argv[1]/*.fish
    source $script
end
while read -l line
    set -l words (string split \t -- $line)
    set -l offered (complete -C (string join ' ' -- $words) | string replace -r '\t.*' '')
    echo $offered
end

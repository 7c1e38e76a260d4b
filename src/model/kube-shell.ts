/**
 * With `context` and `config` (`-`: what kubectl takes by itself): defines `k`, which runs kubectl there and gives a request up after 20 s. No single
 * quotes, so that it may stand within some.
 */
export const IN_CLUSTER = `if [ "$config" != - ]; then
case $config in "~/"*) KUBECONFIG=$HOME/\${config#"~/"};; *) KUBECONFIG=$config;; esac
export KUBECONFIG
fi
k() {
if [ "$context" = - ]; then kubectl --request-timeout=20s "$@"; else kubectl --context "$context" --request-timeout=20s "$@"; fi
}`;

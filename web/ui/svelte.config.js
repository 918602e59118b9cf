import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
  // A warning, of accessibility above all, is a mistake.
  onwarn(warning) {
    throw new Error(`${warning.filename}: ${warning.message}`);
  },
};

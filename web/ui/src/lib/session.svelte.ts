import { api, ApiError, ask, signedOut, type Schemas } from './api';

export type Me = Schemas['Me'];

/** Session is who is signed in, and what that person may do. */
class Session {
  me = $state<Me | null>(null);
  known = $state(false); // whether the server was asked
  unreachable = $state(false); // it gave no answer: what was kept for offline use may be shown

  constructor() {
    signedOut.then = (code) => {
      if (code === 'PASSWORD_DUE' && this.me) this.me = { ...this.me, passwordDue: true };
      else if (code !== 'SIGN_IN_FAILED') this.me = null;
    };
  }

  /** load asks who is signed in. */
  async load(): Promise<void> {
    try {
      this.me = await ask(api.GET('/api/v1/me'));
      this.unreachable = false;
    } catch (error) {
      this.me = null;
      this.unreachable = error instanceof ApiError && (error.status === 0 || error.status >= 500); // nobody who knows has answered
    }
    this.known = true;
  }

  async signIn(name: string, password: string): Promise<void> {
    this.me = await ask(api.POST('/api/v1/sign-in', { body: { name, password } }));
  }

  async signOut(): Promise<void> {
    await ask(api.POST('/api/v1/sign-out'));
    await (await import('./offline/person')).leave();
    sessionStorage.clear(); // activation codes that were not printed
    this.me = null;
  }

  /** may reports whether a permission is given; pages hide what is not. The server decides. */
  may(permission: string): boolean {
    return this.me?.permissions?.includes(permission) ?? false;
  }
}

export const session = new Session();
